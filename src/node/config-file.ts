/** The file towline.toml: read with a bound, made with comments, and edited without losing any. */
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, renameSync } from "node:fs";
import { rmSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { parse, TomlError } from "smol-toml";
import { errnoOf, fileError, openNewFile, placeFile } from "../adapters/folder-lock-files.ts";
import { dialUrl } from "../adapters/ws-dialer.ts";
import { TowlineError } from "../base/errors.ts";
import { dataFiles } from "./data-folder.ts";

/** Bytes of towline.toml; people write it by hand. */
const configBytesMax = 262_144;

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
  /** Null prototype or not, only own keys count. */
  readonly table: Readonly<Record<string, unknown>>;
}

/** Null when there is no such file. Throws `config/invalid` when it cannot be read as TOML. */
export function readConfigFile(dir: string): ConfigFile | null {
  const path = join(dir, dataFiles.config);
  const text = textOf(path);
  if (text === null) return null;
  try {
    return { path, text, table: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split("\n")[0] ?? "";
    const message = `${path}, line ${error.line}: ${why}. Correct the line; it has to be TOML.`;
    throw new TowlineError("config/invalid", message, { cause: error });
  }
}

function textOf(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
    throw unreadable(path, String(error));
  }
  try {
    if (fstatSync(file).size > configBytesMax) {
      throw unreadable(path, `it has over ${configBytesMax} bytes`);
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    throw error instanceof TowlineError ? error : unreadable(path, String(error));
  } finally {
    closeSync(file);
  }
}

function unreadable(path: string, why: string): TowlineError {
  return new TowlineError(
    "config/invalid",
    `${path} cannot be read: ${why}. Correct or remove it.`,
  );
}

/** The line, from 1, on which `key` stands at the top level; null when it cannot be told. */
export function lineOf(text: string, key: string): number | null {
  const at = text.split("\n").findIndex((line) => isLineOf(line, key));
  return at < 0 ? null : at + 1;
}

function isLineOf(line: string, key: string): boolean {
  const rest = line.trimStart();
  const named = [key, `"${key}"`, `'${key}'`].find((form) => rest.startsWith(form));
  return named !== undefined && /^\s*[=.]/u.test(rest.slice(named.length));
}

/** Writes a first towline.toml with `name` in it. One that is there stays as it is. */
export function createConfigFile(dir: string, name: string): void {
  const path = join(dir, dataFiles.config);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeNew(draft, template(name));
    placeFile({ draft, path });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw fileError(error, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function template(name: string): string {
  return `# The configuration of this Towline node. Flags and TOWLINE_ variables win over it;
# \`towline config\` shows each value and where it comes from.

# Shown to people, and who acts when nobody is named.
name = ${JSON.stringify(name)}

# Where to listen. 0.0.0.0 lets other machines connect.
# listen = "127.0.0.1:4747"

# Nodes to dial, and to dial again whenever the connection is lost.
# rendezvous = ["wss://hub.example/crdt-sync"]

# Nodes that may connect without a token, by their key.
# trusted_keys = []

# Public keys of static tokens, which \`towline token\` makes.
# tokens = []

# Whether everybody who knows the URL may connect.
# open = false

# URLs under which others reach this node, when a proxy stands in front of it.
# public_urls = []

# Origins of web pages that may connect.
# allowed_origins = []

# What this node can do: items with the label needs:gpu are for nodes with "gpu" here.
# labels = []

# Claims that this node holds at a time (0: any number), and those in one stage on all nodes.
# jobs_max = 0
# stage_limits = ["coding:3"]

# How long a holder may be silent, and how much longer this node waits before it takes over.
# lease = "10m"
# lease_grace = "90s"

# How long an item that failed is left alone; it doubles with every further failure.
# retry_wait = "5s"

# Whom this node tells of transitions. Tables come last in the file. docs/WEBHOOKS.md
# [[webhooks]]
# url = "https://example.org/hook"
# secret_file = "hook.secret"
# on = ["qa", "done", "failed"]
`;
}

/**
 * Adds `url` to the list \`rendezvous\`, leaving everything else as the user wrote it. Returns
 * false
 * when it is there already. Throws `config/invalid` when the file cannot be edited safely.
 */
export function addRendezvousToFile(dir: string, url: string): boolean {
  const path = join(dir, dataFiles.config);
  const wanted = dialUrl(url);
  const file = readConfigFile(dir);
  const held = file?.table["rendezvous"] ?? [];
  const text = file?.text ?? "";
  if (!Array.isArray(held)) throw notEditable(path, wanted);
  if (held.some((entry) => isSameUrl(entry, wanted))) return false;
  const edited = withRendezvous(text, wanted);
  if (!isEditRight(edited, [...(held as readonly unknown[]), wanted])) {
    throw notEditable(path, wanted);
  }
  replaceFile(path, edited);
  return true;
}

function isSameUrl(entry: unknown, wanted: string): boolean {
  try {
    return typeof entry === "string" && dialUrl(entry) === wanted;
  } catch {
    return false;
  }
}

/** The text with the URL in it; whether it came out right, the caller checks by parsing. */
function withRendezvous(text: string, url: string): string {
  const line = lineOf(text, "rendezvous");
  if (line === null) {
    const added = `rendezvous = [${JSON.stringify(url)}]\n`;
    // Our own template shows the key in a comment: below it is where people look for it.
    const shown = /^# rendezvous = .*\n/mu.exec(text);
    const at = shown === null ? text.length : shown.index + shown[0].length;
    const end = text === "" || text.endsWith("\n") ? "" : "\n";
    return text.slice(0, at) + (shown === null ? end : "") + added + text.slice(at);
  }
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const close = closingBracket(text, before);
  if (close === null) return text;
  const comma = needsComma(text.slice(before, close)) ? ", " : "";
  // A comment may end the last line before the bracket; a line of our own is safe from it.
  const isOwnLine = /\n\s*$/u.test(text.slice(before, close));
  if (!isOwnLine) return text.slice(0, close) + comma + JSON.stringify(url) + text.slice(close);
  const body = text.slice(0, close).trimEnd();
  const separator = needsComma(text.slice(before, close)) ? "\n  , " : "\n  ";
  return `${body}${separator}${JSON.stringify(url)}\n${text.slice(close)}`;
}

/** Where the array that begins after `from` ends, strings and comments not counted. */
function closingBracket(text: string, from: number): number | null {
  let quote: string | null = null;
  for (let at = text.indexOf("[", from); at >= from && at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== null) {
      if (char === "\\" && quote === '"') at += 1;
      else if (char === quote) quote = null;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "#") at = Math.max(at, text.indexOf("\n", at));
    else if (char === "]") return at;
  }
  return null;
}

/** True when the array, up to its end, holds an element that no comma follows. */
function needsComma(array: string): boolean {
  const bare = array.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|#[^\n]*/gu, (part) =>
    part.startsWith("#") ? "" : "x",
  );
  return /[^[,\s]\s*$/u.test(bare);
}

function isEditRight(text: string, wanted: readonly unknown[]): boolean {
  try {
    return JSON.stringify(parse(text)["rendezvous"]) === JSON.stringify(wanted);
  } catch {
    return false;
  }
}

function notEditable(path: string, url: string): TowlineError {
  const message = `${path} cannot be edited by itself. Add ${url} to its list \`rendezvous\`.`;
  return new TowlineError("config/invalid", message);
}

/** Readers see the old text or the new one, also after a crash. For its owner alone. */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeNew(draft, text);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw fileError(error, path);
  }
}

function writeNew(path: string, text: string): void {
  const file = openNewFile(path);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
