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

async function joinThroughAny(candidate: Candidate): Promise<void> {
  const { config, stop } = candidate;
  for (let failures = 1; !stop.isStopped; failures += 1) {
    let waitMs = backoffMs({ failures, random: Math.random() });
    const found: { readonly url: string; readonly failure: TowlineError }[] = [];
    for (const url of config.rendezvous) {
      const failure = await tryToJoin(candidate, url);
      if (failure === null) return;
      if (!canPass.has(failure.code)) throw failure;
      if (isRefusal.has(failure.code)) waitMs = backoffCapMs;
      found.push({ url, failure });
    }
    for (const each of found) report(candidate, { ...each, failures, waitMs });
    await stop.sleep(waitMs);
  }
}

/** As loud as the rendezvous client of a node that runs. */
function report(
  { dir, config, logger }: Candidate,
  attempt: {
    readonly url: string;
    readonly failure: TowlineError;
    readonly failures: number;
    readonly waitMs: number;
  },
): void {
  const { url, failure, failures, waitMs } = attempt;
  const { code, message } = failure;
  const next = `Next attempt in ${(waitMs / 1_000).toFixed(1)} s.`;
  const text = `not joined yet (${failures} in a row): ${message}${hintFor(code, dir)} ${next}`;
  const fields = { url, code, failures, nextAttemptInMs: waitMs };
  if (failures >= config.rendezvousErrorThreshold) logger.error(fields, text);
  else logger.warn(fields, text);
}

/** Null when it joined. */
async function tryToJoin(
  { dir, config, token }: Candidate,
  url: string,
): Promise<TowlineError | null> {
  try {
    await joinMesh({ dir, name: config.name, url, token, key: null });
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
