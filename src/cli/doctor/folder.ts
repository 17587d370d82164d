/** The data folder: whose it is, who may enter, the key in it, and who works on it. */
import { lstatSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { join } from "node:path";
import { lockHolder } from "../../adapters/folder-lock.ts";
import { openKeyFile } from "../../adapters/key-file.ts";
import { TowlineError } from "../../base/errors.ts";
import { dataFiles, holdsNode } from "../../node/data-folder.ts";
import type { Signer } from "../../op/crypto.ts";
import { quoteForShell } from "../actions/join-command.ts";
import type { Finding } from "./finding.ts";
import { fail, failOf, ok, warn } from "./finding.ts";

/** The folder, and whether there is a node in it to look at. */
export function checkFolder(
  dir: string,
  uid: number | undefined,
): { readonly finding: Finding; readonly isThere: boolean } {
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true || !holdsNode(dir)) {
    const found = stats === undefined ? `there is no folder ${dir}` : `there is no node in ${dir}`;
    const fix = 'run "towline init", or "towline join" with an invite; or name the folder: --dir';
    return { finding: fail("folder", { found, fix }), isThere: false };
  }
  // Windows has no such bits and no such owners.
  const problem =
    uid === undefined ? null : (ownerProblem(dir, stats, uid) ?? modeProblem(dir, stats));
  const whose = uid === undefined ? dir : `${dir}, only for its owner`;
  return { finding: problem ?? ok("folder", whose), isThere: true };
}

function ownerProblem(dir: string, { uid: owner }: Stats, uid: number): Finding | null {
  if (owner === uid) return null;
  const found = `${dir} belongs to the user ${owner}, and this is the user ${uid}`;
  const fix = `run towline as the user ${owner}, or give the folder over: chown -R ${uid} ${quoteForShell(dir)}`;
  return fail("folder", { found, fix });
}

function modeProblem(dir: string, { mode }: Stats): Finding | null {
  const bits = modeText(mode);
  const fix = `chmod 700 ${quoteForShell(dir)}`;
  if ((mode & 0o700) !== 0o700) {
    return fail("folder", { found: `its owner may not write to ${dir} (mode ${bits})`, fix });
  }
  if ((mode & 0o077) === 0) return null;
  return warn("folder", { found: `others may look into ${dir} (mode ${bits})`, fix });
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}

/** The key file, and the key when it is a good one. */
export function checkKey(dir: string): {
  readonly finding: Finding;
  readonly signer: Signer | null;
} {
  const path = join(dir, dataFiles.key);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    const fix =
      "restore the file from a backup of the folder; without it this node's identity is lost: " +
      "move the folder away and join again";
    return {
      finding: fail("key", { found: `the key file ${path} is missing`, fix }),
      signer: null,
    };
  }
  try {
    const signer = openKeyFile(path);
    return {
      finding: ok("key", `that of node ${signer.node.slice(0, 8)}, only for its owner`),
      signer,
    };
  } catch (error) {
    return { finding: keyProblem(path, error), signer: null };
  }
}

function keyProblem(path: string, error: unknown): Finding {
  if (error instanceof TowlineError && error.code === "key/permissions") {
    const found = `others can read or write the key file ${path} (mode ${modeText(statSync(path).mode)})`;
    const fix = `if nobody has, run: chmod 600 ${quoteForShell(path)}; else join again with a new folder`;
    return fail("key", { found, fix });
  }
  return failOf("key", error);
}

/** `pid`: the node that answered on the folder's socket. */
export function checkLock(dir: string, pid: number | null): Finding {
  if (pid !== null) return ok("lock", `held by the node that runs here, process ${pid}`);
  try {
    const holder = lockHolder(dir);
    if (holder === null) return ok("lock", "free: no node runs here");
    const who = holder === "unknown" ? "another process" : `process ${holder}`;
    const found = `${who} holds the folder, and does not answer commands`;
    const fix =
      holder === "unknown"
        ? `find it and end it: fuser ${quoteForShell(join(dir, "lock.db"))}`
        : `wait for it, or end it: kill ${holder}`;
    return warn("lock", { found, fix });
  } catch (error) {
    return failOf("lock", error);
  }
}
