/** Where the socket of a running node lies: in a folder that only its user can enter. */
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import type { Stats } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errnoOf, fileError } from "../../adapters/folder-lock-files.ts";
import { TowlineError } from "../../base/errors.ts";

/** Bytes of a socket's path; the kernel's bound is 103 on macOS and 107 on Linux. */
const socketPathBytesMax = 100;

export interface SocketPlace {
  readonly folder: string;
  readonly path: string;
}

/** Beside the data, or below the folder for temporary files when that path would be too long. */
export function socketPlace(dir: string): SocketPlace {
  const near = placeIn(join(dir, "run"));
  if (Buffer.byteLength(near.path) <= socketPathBytesMax) return near;
  const name = createHash("sha256").update(realOf(dir)).digest("hex").slice(0, 16);
  return placeIn(join(tmpdir(), `towline-${process.getuid?.() ?? 0}-${name}`));
}

function placeIn(folder: string): SocketPlace {
  return { folder, path: join(folder, "node.sock") };
}

/** Whatever link leads to the folder, its socket is the same. */
function realOf(dir: string): string {
  try {
    return realpathSync(dir);
  } catch {
    return dir;
  }
}

/** Makes the folder, and refuses one that belongs to someone else or that others may enter. */
export function makeSocketFolder({ folder }: SocketPlace): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
    // The umask may have taken bits of the owner's away.
    chmodSync(folder, 0o700);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw fileError(error, folder);
  }
  const stats = lstatSync(folder);
  if (stats.isDirectory() && isOnlyOurs(stats)) return;
  throw new TowlineError(
    "folder/unwritable",
    `${folder} has to be a folder that only you can enter, for the socket of the node. ` +
      "Remove it; it is made anew.",
  );
}

/** True when the socket is there and nobody else can have put it there. */
export function isOurSocket({ folder, path }: SocketPlace): boolean {
  const [outer, inner] = [statsOf(folder), statsOf(path)];
  if (outer?.isDirectory() !== true || inner?.isSocket() !== true) return false;
  return isOnlyOurs(outer) && isOnlyOurs(inner);
}

function statsOf(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function isOnlyOurs({ uid, mode }: Stats): boolean {
  const own = process.getuid?.();
  return (own === undefined || uid === own) && (mode & 0o077) === 0;
}
