/**
 * access.json: who may use the HTTP API with a token, and as what. Of it only the hash is kept.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../adapters/folder-lock-files.ts";
import { isHex, utf8 } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { isObject, member, parseJson } from "../base/json.ts";
import { accessTokensMax, actorBytesMax } from "../base/limits.ts";
import { replaceFile } from "./config-file.ts";
import { dataFiles } from "./data-folder.ts";

export type AccessRole = "viewer" | "editor";

export interface AccessEntry {
  /** Names it for people; no secret. */
  readonly id: string;
  readonly role: AccessRole;
  /** Who acts when nobody is named. */
  readonly label: string;
  /** Unix milliseconds. */
  readonly created: number;
}

interface KeptEntry extends AccessEntry {
  readonly hash: Buffer;
}

/** Bytes of the file: ten times what so many entries take. */
const fileBytesMax = 1_048_576;
const prefix = "tla_";
/** 256 bits in base64url. */
const secretChars = 43;

export function isAccessToken(text: string): boolean {
  return text.startsWith(prefix) && text.length === prefix.length + secretChars;
}

/** The entries of one data folder, read again when the file has changed. */
export class AccessFile {
  readonly #path: string;
  #seen = "";
  #entries: readonly KeptEntry[] = [];

  constructor(dir: string) {
    this.#path = join(dir, dataFiles.access);
  }

  /** Throws `access/invalid` for a file that is none of ours: nobody gets in by it. */
  entries(): readonly AccessEntry[] {
    return this.#current().map(entryOf);
  }

  find(id: string): AccessEntry | null {
    return this.entries().find((entry) => entry.id === id) ?? null;
  }

  /** The entry whose token this is. Takes as long for a wrong token as for a right one. */
  match(token: string): AccessEntry | null {
    const hash = hashOf(token);
    let found: KeptEntry | null = null;
    for (const entry of this.#current()) if (timingSafeEqual(entry.hash, hash)) found = entry;
    return found === null ? null : entryOf(found);
  }

  /** Makes a token; its text is returned and kept nowhere. */
  add(role: AccessRole, label: string): { readonly token: string; readonly entry: AccessEntry } {
    refuseLabel(label);
    const entries = this.#current();
    if (entries.length >= accessTokensMax) {
      const message = `There are ${accessTokensMax} tokens already. Remove one with towline access rm.`;
      throw new TowlineError("usage/invalid", message);
    }
    const token = prefix + randomBytes(32).toString("base64url");
    const entry = { id: newId(entries), role, label, created: Date.now() };
    this.#write([...entries, { ...entry, hash: hashOf(token) }]);
    return { token, entry };
  }

  /** Throws `access/unknown`. */
  remove(id: string): AccessEntry {
    const entry = this.find(id);
    if (entry === null) {
      const message = `There is no token ${JSON.stringify(id)}. \`towline access list\` shows them.`;
      throw new TowlineError("access/unknown", message);
    }
    this.#write(this.#current().filter((each) => each.id !== id));
    return entry;
  }

  #write(entries: readonly KeptEntry[]): void {
    const tokens = entries.map(({ hash, ...entry }) => ({
      ...entry,
      sha256: hash.toString("hex"),
    }));
    replaceFile(this.#path, `${JSON.stringify({ tokens }, null, 2)}\n`);
  }

  #current(): readonly KeptEntry[] {
    const stats = statSync(this.#path, { throwIfNoEntry: false, bigint: true });
    if (stats === undefined) {
      [this.#seen, this.#entries] = ["", []];
      return this.#entries;
    }
    const seen = `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
    if (seen === this.#seen) return this.#entries;
    this.#entries = readEntries(this.#path);
    this.#seen = seen;
    return this.#entries;
  }
}

function entryOf({ hash: _, ...entry }: KeptEntry): AccessEntry {
  return entry;
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function newId(entries: readonly AccessEntry[]): string {
  for (;;) {
    const id = randomBytes(4).toString("hex");
    if (!entries.some((entry) => entry.id === id)) return id;
  }
}

function refuseLabel(label: string): void {
  const isRight =
    label.isWellFormed() && utf8(label).length <= actorBytesMax && !/\p{Cc}/u.test(label);
  if (isRight) return;
  const message = `A label has at most ${actorBytesMax} bytes and no control characters.`;
  throw new TowlineError("usage/invalid", message);
}

function readEntries(path: string): readonly KeptEntry[] {
  const parsed = parseJson(textOf(path));
  const tokens = parsed.ok && isObject(parsed.value) ? member(parsed.value, "tokens") : null;
  if (!Array.isArray(tokens) || tokens.length > accessTokensMax) throw invalid(path);
  return (tokens as readonly unknown[]).map((token) => readEntry(token) ?? refuse(path));
}

function readEntry(token: unknown): KeptEntry | null {
  if (!isObject(token)) return null;
  const text = (name: string): string => textIn(token, name);
  const [id, role, label, sha256] = [text("id"), text("role"), text("label"), text("sha256")];
  const created = member(token, "created");
  if (role !== "viewer" && role !== "editor") return null;
  if (id === "" || !isHex(sha256, 64) || typeof created !== "number") return null;
  return { id, role, label, created, hash: Buffer.from(sha256, "hex") };
}

function textIn(object: JsonObject, name: string): string {
  const value = member(object, name);
  return typeof value === "string" ? value : "";
}

function textOf(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      return fstatSync(file).size > fileBytesMax ? "" : readFileSync(file, "utf8");
    } finally {
      closeSync(file);
    }
  } catch (error) {
    // It was removed just now.
    if (errnoOf(error) === "ENOENT") return '{"tokens":[]}';
    throw invalid(path, error);
  }
}

function refuse(path: string): never {
  throw invalid(path);
}

function invalid(path: string, cause?: unknown): TowlineError {
  const message =
    `${path} cannot be read as a list of tokens: nobody gets in by one. ` +
    "Correct it, or remove it and make new ones with towline access add.";
  return new TowlineError("access/invalid", message, { cause });
}
