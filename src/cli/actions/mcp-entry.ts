/**
 * Adds this program to the MCP servers that a project names in its .mcp.json, and changes nothing
 * else.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, realpathSync } from "node:fs";
import { renameSync, rmSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { errnoOf, fileError } from "../../adapters/folder-lock-files.ts";
import { TowlineError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { isObject, member, parseJson } from "../../base/json.ts";
import { dataFolderName } from "../../node/data-folder.ts";
import { isClone } from "./join-command.ts";

/** What is to be written, or why nothing is; made before anything else is done. */
export interface McpEntry {
  readonly path: string;
  /** Null when there is a server of this name already, which stays as it is. */
  readonly text: string | null;
  readonly mode: number;
}

export const mcpServerName = "towline";
const fileName = ".mcp.json";
/** Bytes of .mcp.json; people write it by hand. */
const fileBytesMax = 262_144;
/** As of any file of a project; the umask has its say. */
const newFileMode = 0o666;

/** Throws `config/invalid` for a file that cannot be added to without harm. */
export function planMcpEntry(given: { readonly dir: string; readonly cwd: string }): McpEntry {
  const dir = resolve(given.cwd, given.dir);
  const isUsual = basename(dir) === dataFolderName;
  const project = isUsual ? dirname(dir) : resolve(given.cwd);
  const entry = entryFor(isUsual ? [] : ["--dir", dir]);
  const path = join(project, fileName);
  const found = readFound(path);
  if (found === null) return { path, text: textOf(mergedInto({}, entry), "  "), mode: newFileMode };
  const { text, mode } = found;
  const parsed = parseJson(text);
  const config = parsed.ok && isObject(parsed.value) ? parsed.value : null;
  const servers = config === null ? null : (member(config, "mcpServers") ?? {});
  if (config === null || !isObject(servers)) {
    throw untouched(path, "it does not hold a JSON object of servers", entry);
  }
  if (member(servers, mcpServerName) !== undefined) return { path, text: null, mode };
  // Else writing it again would lose something: doubled keys, digits of great numbers, …
  if (withoutSpaces(text) !== JSON.stringify(config)) {
    throw untouched(path, "it cannot be written again as it is", entry);
  }
  const indent = /^[\t ]+(?=")/mu.exec(text)?.[0] ?? "  ";
  return { path, text: textOf(mergedInto(config, entry), indent), mode };
}

/** In a clone the sources are run where they are; a package is found by its name. */
function entryFor(args: readonly string[]): JsonObject {
  if (!isClone) return { command: "npx", args: ["towline", "mcp", ...args] };
  const main = join(import.meta.dirname, "..", "main.ts");
  return { command: process.execPath, args: [main, "mcp", ...args] };
}

function mergedInto(config: JsonObject, entry: JsonObject): JsonObject {
  const servers = member(config, "mcpServers") as JsonObject | undefined;
  return { ...config, mcpServers: { ...servers, [mcpServerName]: entry } };
}

function textOf(config: JsonObject, indent: string): string {
  return `${JSON.stringify(config, null, indent)}\n`;
}

/** JSON without what stands between its tokens. */
function withoutSpaces(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/gu, "$1");
}

/** Null when there is no such file. */
function readFound(path: string): { readonly text: string; readonly mode: number } | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw fileError(error, path);
  }
  try {
    const { size, mode } = fstatSync(file);
    if (size > fileBytesMax) {
      const message = `${path} has over ${fileBytesMax} bytes and stays as it is.`;
      throw new TowlineError("config/invalid", message);
    }
    return { text: readFileSync(file, "utf8"), mode: mode & 0o777 };
  } finally {
    closeSync(file);
  }
}

function untouched(path: string, why: string, entry: JsonObject): TowlineError {
  const wanted = JSON.stringify({ mcpServers: { [mcpServerName]: entry } });
  return new TowlineError(
    "config/invalid",
    `${path} stays as it is: ${why}. Correct it, or add this by hand: ${wanted}`,
  );
}

/** Readers see the old text or the new one. A link is followed, and its target replaced. */
export function writeMcpEntry({ path, mode }: McpEntry, text: string): void {
  const place = realOf(path);
  const draft = `${place}.${randomUUID()}.tmp`;
  try {
    const file = openSync(draft, "wx", mode);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { force: true });
    throw fileError(error, path);
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
