/** The file that holds a node's secret: made once, for its owner alone, never silently replaced. */
import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { TowlineError } from "../base/errors.ts";
import { fromHex, toHex } from "../base/bytes.ts";
import type { Signer } from "../op/crypto.ts";
import { errnoOf, fileError, openNewFile, placeFile } from "./folder-lock-files.ts";
import { newSeed, signerFromSeed } from "./node-crypto.ts";

const prefix = "towline-key-1 ";
const keyFileBytes = prefix.length + 64 + 1;

const wayOut =
  "Restore the file from a backup; without it this node's identity is lost, " +
  "and a new folder has to join.";

/** Makes a new identity at `path`. Throws `folder/exists` when something is there already. */
export function createKeyFile(path: string): Signer {
  const seed = newSeed();
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeDraft(draft, `${prefix}${toHex(seed)}\n`);
    placeFile({ draft, path });
  } catch (error) {
    throw fileError(error, path);
  } finally {
    rmSync(draft, { force: true });
  }
  return signerFromSeed(seed);
}

function writeDraft(draft: string, text: string): void {
  const file = openNewFile(draft);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The identity at `path`. Refuses a file that others can read, links, and anything malformed. */
export function openKeyFile(path: string): Signer {
  const file = openKey(path);
  try {
    checkIsPrivate(fstatSync(file), path);
    return signerFromSeed(parseKey(readKey(file, path), path));
  } finally {
    closeSync(file);
  }
}

function openKey(path: string): number {
  try {
    // No link is followed, and a pipe in the file's place must not make us wait for a writer.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const reason = errnoOf(error) === "ELOOP" ? "it is a symbolic link" : String(error);
    throw new TowlineError(
      "key/unreadable",
      `The key file ${path} cannot be read: ${reason}. ${wayOut}`,
      { cause: error },
    );
  }
}

function checkIsPrivate(stats: Stats, path: string): void {
  if (!stats.isFile())
    throw new TowlineError("key/unreadable", `The key ${path} is not a file. ${wayOut}`);
  // Windows has no such bits: there the mode always reads as open to all.
  if (process.platform === "win32" || (stats.mode & 0o077) === 0) return;
  throw new TowlineError(
    "key/permissions",
    `Others can read or write the key file ${path}. If nobody did, run: chmod 600 '${path}'`,
  );
}

function readKey(file: number, path: string): string {
  const bytes = new Uint8Array(keyFileBytes + 1);
  try {
    return new TextDecoder().decode(bytes.subarray(0, readSync(file, bytes)));
  } catch (error) {
    const message = `The key file ${path} cannot be read (${String(error)}). ${wayOut}`;
    throw new TowlineError("key/unreadable", message, { cause: error });
  }
}

function parseKey(text: string, path: string): Uint8Array {
  const hex = text.slice(prefix.length, prefix.length + 64);
  const seed = fromHex(hex);
  if (text === `${prefix}${hex}\n` && seed?.length === 32) return seed;
  throw new TowlineError("key/invalid", `The key file ${path} is damaged or no key. ${wayOut}`);
}
