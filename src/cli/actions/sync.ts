/** sync: waits until this node and its peers have the same, and says so. */
import { TowlineError } from "../../base/errors.ts";
import { sync as syncCommand } from "../../commands/sync.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { parseDuration, shortDuration } from "../ui/time.ts";
import { printResult } from "./print.ts";

export interface SyncOptions {
  readonly waitTimeout: string;
}

export async function sync(
  invocation: Invocation,
  peers: readonly string[],
  { waitTimeout }: SyncOptions,
): Promise<void> {
  const { terminal } = invocation;
  const timeoutMs = parseDuration(waitTimeout);
  const bar = terminal.progress("syncing");
  const found = await runCommand(
    invocation,
    syncCommand,
    { peers, timeoutMs },
    { progress: (done, all) => bar.update(done, all) },
  ).finally(() => bar.clear());
  const { inSync, missing, items, ops } = found;
  const nodes = new Set(found.peers.map(({ node }) => node)).size;
  const others = nodes === 1 ? "1 peer has" : `${nodes} peers have`;
  const line = `in sync: ${others} what this node has, ${items} items and ${ops} ops`;
  printResult(terminal, found, inSync && !terminal.isQuiet ? [line] : []);
  if (inSync) return;
  const within = shortDuration(timeoutMs ?? 0);
  const message = `Not in sync within ${within}: ${missing.join("; ")}. Sync goes on by itself.`;
  throw new TowlineError("wait/not-synced", message);
}
