/** What changes hands: claim, steal, release, done, fail, retry, dep. */
import { TowlineError } from "../../base/errors.ts";
import type { ClaimResult, EndParams, EndResult, HowToClaim } from "../../commands/claim.ts";
import {
  claim as claimCommand,
  done as doneCommand,
  fail as failCommand,
  release as releaseCommand,
  retry as retryCommand,
} from "../../commands/claim.ts";
import { dep as depCommand } from "../../commands/dep.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { escapeLine } from "../ui/escape.ts";
import type { Terminal } from "../ui/terminal.ts";
import { printResult, valueText } from "./print.ts";
import { duration, leaseOf, parseCount } from "./values.ts";

export interface ClaimFlags {
  readonly confirm?: string;
  readonly waitTimeout?: string;
  readonly lease?: string;
  readonly reason?: string;
}

export function howOf(invocation: Invocation, flags: ClaimFlags): HowToClaim {
  const { confirm, waitTimeout: wait, lease, reason } = flags;
  return {
    actor: invocation.actor,
    confirm: confirm ?? null,
    waitMs: wait === undefined ? null : duration(wait, "--wait-timeout"),
    ttlMs: lease === undefined ? null : leaseOf(lease),
    // Who names a time means that it ends then; else the node keeps it for as long as it runs.
    manual: lease === undefined,
    reason: reason ?? "",
  };
}

export function claimLine({ colors, isQuiet }: Terminal, row: ClaimResult): string {
  if (isQuiet) return row.item;
  const by =
    row.guarantee === "none"
      ? "not confirmed by anybody: another node may work on it, too"
      : `confirmed by: ${row.guarantee}`;
  const title = escapeLine(valueText(row.title));
  return `claimed ${colors.bold(escapeLine(row.item))}  ${title}  (epoch ${row.epoch}, ${by})`;
}

export async function claim(
  invocation: Invocation,
  item: string,
  flags: ClaimFlags & { readonly force?: boolean },
): Promise<void> {
  const params = {
    ...howOf(invocation, flags),
    item,
    force: flags.force === true,
    steal: false,
  };
  const claimed = await runCommand(invocation, claimCommand, params);
  printResult(invocation.terminal, claimed, [claimLine(invocation.terminal, claimed)]);
}

export async function steal(
  invocation: Invocation,
  item: string,
  flags: ClaimFlags,
): Promise<void> {
  const params = { ...howOf(invocation, flags), item, force: true, steal: true };
  const claimed = await runCommand(invocation, claimCommand, params);
  printResult(invocation.terminal, claimed, [claimLine(invocation.terminal, claimed)]);
}

export interface EndFlags {
  readonly claim?: string;
  readonly reason?: string;
  readonly force?: boolean;
}

/** Inside a command that an agent runs, its own claim is meant unless another one is named. */
function endOf(invocation: Invocation, item: string, flags: EndFlags): EndParams {
  const { env, actor } = invocation;
  const own = env["TOWLINE_ITEM"] === item ? env["TOWLINE_CLAIM"] : undefined;
  return {
    item,
    actor,
    claim: flags.claim ?? own ?? null,
    reason: flags.reason ?? "",
    force: flags.force === true,
  };
}

export async function release(
  invocation: Invocation,
  item: string,
  flags: EndFlags,
): Promise<void> {
  const result = await runCommand(invocation, releaseCommand, endOf(invocation, item, flags));
  print(invocation, result, result.op === null ? "nobody holds" : "gave back");
}

export async function done(
  invocation: Invocation,
  item: string,
  flags: EndFlags & { readonly to?: string },
): Promise<void> {
  const params = { ...endOf(invocation, item, flags), to: flags.to ?? null };
  const result = await runCommand(invocation, doneCommand, params);
  print(invocation, result, `done, now in ${valueText(result.stage)}:`);
}

export async function fail(
  invocation: Invocation,
  item: string,
  flags: EndFlags & { readonly retries: string },
): Promise<void> {
  const retries = parseCount(flags.retries, "--retries", 0);
  const params = { ...endOf(invocation, item, flags), retries };
  const result = await runCommand(invocation, failCommand, params);
  print(invocation, result, result.blocked ? "failed, and is blocked now:" : "failed");
}

export async function retry(invocation: Invocation, item: string): Promise<void> {
  const { actor } = invocation;
  const result = await runCommand(invocation, retryCommand, { item, actor });
  const what = result.op === null ? "nothing to retry on" : "may be tried again:";
  print(invocation, result, what);
}

export async function dep(
  invocation: Invocation,
  what: string,
  pair: { readonly item: string; readonly on: string },
): Promise<void> {
  const { actor } = invocation;
  const { item, on } = pair;
  if (item === on) {
    throw new TowlineError("dep/circle", `${item} cannot wait for itself. Name another item.`);
  }
  const result = await runCommand(invocation, depCommand, { what, item, on, actor });
  const text = what === "add" ? `waits for ${on}:` : `no longer waits for ${on}:`;
  print(invocation, result, result.op === null ? "nothing to change on" : escapeLine(text));
}

function print(
  { terminal }: Invocation,
  result: Pick<EndResult, "item" | "title">,
  what: string,
): void {
  if (terminal.isJson) printResult(terminal, result, []);
  else {
    const title = escapeLine(valueText(result.title));
    terminal.say(`${what} ${terminal.colors.bold(escapeLine(result.item))}  ${title}`);
  }
}
