/** The database: whole, of this version, and safe on its disk. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lookAtStore } from "../../adapters/sqlite-store-look.ts";
import type { StoreLook } from "../../adapters/sqlite-store-look.ts";
import type { StatusResult } from "../../commands/node.ts";
import { dataFiles } from "../../node/data-folder.ts";
import { bytesText } from "../actions/print.ts";
import type { Finding } from "./finding.ts";
import { fail, failOf, ok } from "./finding.ts";

/** Of a node that runs, which lets nobody else near its database. */
export function checkRunningStore({ problem, ops, dbBytes }: StatusResult): Finding {
  if (problem !== null) return failOf("database", new Error(problem.message));
  const size = dbBytes === null ? "" : `, ${bytesText(dbBytes)}`;
  return ok("database", `${ops} ops${size}, open in the node; "towline verify" checks each`);
}

export function checkStore(dir: string): {
  readonly finding: Finding;
  readonly look: StoreLook | null;
} {
  const path = join(dir, dataFiles.store);
  if (!existsSync(path)) {
    const fix =
      "restore the folder from a backup; or move it away and join again: peers send back all they have";
    return { finding: fail("database", { found: `${path} is missing`, fix }), look: null };
  }
  try {
    const look = lookAtStore(path);
    return { finding: findingOf(path, look), look };
  } catch (error) {
    return { finding: failOf("database", error), look: null };
  }
}

function findingOf(path: string, { ops, bytes, logBytes, isWal }: StoreLook): Finding {
  if (!isWal) {
    const found = `${path} has no write-ahead log: another program has changed its mode`;
    return fail("database", {
      found,
      fix: 'run "towline status" once: opening it sets that right',
    });
  }
  const log = logBytes === 0 ? "" : `; the last changes, ${bytesText(logBytes)}, wait in its log`;
  return ok("database", `${ops} ops, ${bytesText(bytes)}, whole, with a write-ahead log${log}`);
}
