/** Runs what writes, and with `--wait` returns only when others have it on disk. */
import { TowlineError } from "../../base/errors.ts";
import type { NodeCommand } from "../../commands/command.ts";
import type { WaitReport } from "../../commands/wait.ts";
import { nameOf } from "../../commands/wait-target.ts";
import type { Invocation } from "../invocation.ts";
import type { CallHooks } from "../local/client.ts";
import { runCommand } from "../session.ts";
import { shortDuration } from "../ui/time.ts";

/** `command` is one that `confirming` has made. */
export async function runWriting<Params, Row, Result>(
  invocation: Invocation,
  command: NodeCommand<Params, Row, Result>,
  params: Params,
  hooks: Partial<CallHooks<Row>> = {},
): Promise<Result> {
  return await runCommand(invocation, command, { ...params, wait: invocation.wait }, hooks);
}

/**
 * Says who has confirmed, after the result was printed. Throws `wait/not-reached` when too few
 * have: the change itself is done.
 */
export function reportWait({ terminal, wait }: Invocation, report: WaitReport | null): void {
  if (report === null || wait === null) return;
  if (report.confirmed) {
    const count = report.by.length;
    const who = count === 1 ? "1 other node" : `${count} other nodes`;
    terminal.remark(terminal.errorColors.dim(`on disk here and on ${who}`));
    return;
  }
  const others = report.missing.map((peer) => `${nameOf(peer)} ${peer.why}`);
  const why = others.length === 0 ? "no peer is connected" : others.join("; ");
  const ms = shortDuration(wait.timeoutMs ?? 0);
  const message =
    `Not confirmed within ${ms} by ${report.for}: ${why}. The change is durable here and will be ` +
    "sent as soon as that is possible: do not repeat it.";
  throw new TowlineError("wait/not-reached", message);
}
