/** Makes a folder a node of a mesh before it runs: by founding one, or through its rendezvous. */
import { join } from "node:path";
import { openKeyFile } from "../../adapters/key-file.ts";
import { TowlineError } from "../../base/errors.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { backoffCapMs } from "../../base/limits.ts";
import { backoffMs } from "../../node/backoff.ts";
import { createConfigFile } from "../../node/config-file.ts";
import type { Config } from "../../node/config.ts";
import { dataFiles, ignoreDataFolder } from "../../node/data-folder.ts";
import { foundMesh } from "../../node/found.ts";
import { joinMesh } from "../../node/join.ts";
import type { Logger } from "../../node/logger.ts";
import type { NodeId } from "../../api/types.ts";
import type { StopSignal } from "./stop-signal.ts";

export interface Candidate {
  readonly dir: string;
  readonly config: Config;
  readonly token: string | null;
  readonly logger: Logger;
  readonly stop: StopSignal;
}

/** Founds a mesh, or joins through the first rendezvous that lets the node in. */
export async function becomeMember(candidate: Candidate): Promise<void> {
  const { dir, config } = candidate;
  if (config.rendezvous.length === 0) foundMesh({ dir, name: config.name });
  else await joinThroughAny(candidate);
  settleIn(dir, config.name);
}

/** What a fresh folder gets beside its key and its store. */
export function settleIn(dir: string, name: string): void {
  ignoreDataFolder(dir);
  createConfigFile(dir, name);
}

async function joinThroughAny({ dir, config, token, logger, stop }: Candidate): Promise<void> {
  let failures = 0;
  while (!stop.isStopped) {
    let waitMs = backoffMs({ failures: failures + 1, random: Math.random() });
    for (const url of config.rendezvous) {
      const failure = await join1({ dir, name: config.name, url, token, key: null });
      if (failure === null) return;
      if (!canPass.has(failure.code)) throw failure;
      if (isRefusal.has(failure.code)) waitMs = backoffCapMs;
      const message = `not joined yet: ${failure.message}${hintFor(failure.code, dir)}`;
      logger.warn({ url, code: failure.code, nextAttemptInMs: waitMs }, message);
    }
    failures += 1;
    await stop.sleep(waitMs);
  }
}

/** Null when it joined. */
async function join1(request: Parameters<typeof joinMesh>[0]): Promise<TowlineError | null> {
  try {
    await joinMesh(request);
    return null;
  } catch (error) {
    if (error instanceof TowlineError) return error;
    throw error;
  }
}

/** The other side has answered, and answers the same until someone acts there. */
const isRefusal: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "join/not-admitted",
  "join/other-mesh",
  "join/no-mesh",
  "join/no-common-version",
]);

/** What may pass without anybody acting here. */
const canPass: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...isRefusal,
  "dial/unreachable",
  "dial/not-towline",
  "dial/refused",
  "join/interrupted",
  "folder/in-use",
]);

function hintFor(code: ErrorCode, dir: string): string {
  const node = code === "join/not-admitted" ? keyOf(dir) : null;
  return node === null ? "" : ` Or let it add this node's key there: trusted_keys = ["${node}"]`;
}

function keyOf(dir: string): NodeId | null {
  try {
    return openKeyFile(join(dir, dataFiles.key)).node;
  } catch {
    return null;
  }
}
