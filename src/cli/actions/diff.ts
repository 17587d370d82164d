/**
 * Tells which fields differ: between this node and another one, as that one tells over its HTTP API
 * or in its own folder; or between two moments of this node.
 */
import { resolve } from "node:path";
import { dialUrl } from "../../adapters/ws-dialer.ts";
import { TowlineError } from "../../base/errors.ts";
import { apiPageMax } from "../../base/limits.ts";
import { isErrorCode } from "../local/lines.ts";
import { TowlineClient } from "../../client/client.ts";
import { ApiError } from "../../client/errors.ts";
import { boardAt, compare } from "../../commands/history.ts";
import type { PastItem } from "../../history/boards.ts";
import { differences } from "../../history/comparison.ts";
import type { ItemDifference } from "../../history/comparison.ts";
import type { Moment } from "../../history/moment.ts";
import { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { escapeLine } from "../ui/escape.ts";
import { parseMoment } from "../ui/moment.ts";
import type { Terminal } from "../ui/terminal.ts";
import { cutTo } from "../ui/text-width.ts";
import { printResult, valueText } from "./print.ts";

export interface DiffFlags {
  readonly peer?: string;
  readonly token?: string;
  readonly with?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Every op that is on disk here now. */
const now: Moment = { ops: Number.MAX_SAFE_INTEGER };

export async function diff(invocation: Invocation, flags: DiffFlags): Promise<void> {
  const { peer, with: folder, from, to } = flags;
  const isMoments = from !== undefined || to !== undefined;
  if ([peer !== undefined, folder !== undefined, isMoments].filter(Boolean).length !== 1) {
    const message = "Say what to compare with: --peer URL, --with FOLDER, or --from MOMENT.";
    throw new TowlineError("usage/invalid", message);
  }
  if (isMoments) {
    show(invocation, await betweenMoments(invocation, from, to), ["before", "after"]);
    return;
  }
  const theirs =
    peer === undefined
      ? await itemsOf(elsewhere(invocation, folder ?? ""))
      : await itemsAt(peer, flags.token ?? invocation.env["TOWLINE_TOKEN"] ?? null);
  const found = differences(await itemsOf(invocation), theirs);
  show(invocation, found, ["here", "there"]);
  if (found.length === 0) return;
  const message = `${found.length} items differ. Notes and claims were not compared.`;
  throw new TowlineError("diff/differs", message);
}

async function betweenMoments(
  invocation: Invocation,
  from: string | undefined,
  to: string | undefined,
): Promise<readonly ItemDifference[]> {
  const found: ItemDifference[] = [];
  const time = Date.now();
  const params = {
    from: from === undefined ? { ops: 0 } : parseMoment(from, time),
    to: to === undefined ? now : parseMoment(to, time),
  };
  await runCommand(invocation, compare, params, { rows: (rows) => found.push(...rows) });
  return found;
}

function elsewhere(invocation: Invocation, folder: string): Invocation {
  return new Invocation({ ...invocation.options, dir: resolve(invocation.cwd, folder) });
}

async function itemsOf(invocation: Invocation): Promise<ReadonlyMap<string, PastItem>> {
  const items = new Map<string, PastItem>();
  const rows = (some: readonly PastItem[]): void => {
    for (const row of some) items.set(row.item, row);
  };
  await runCommand(invocation, boardAt, { at: now }, { rows });
  return items;
}

/** What a node says that it has, over its HTTP API. */
async function itemsAt(peer: string, token: string | null): Promise<ReadonlyMap<string, PastItem>> {
  const url = new URL(dialUrl(peer).replace(/^ws/u, "http")).origin;
  const client = new TowlineClient({ url, ...(token !== null && { token }) });
  const items = new Map<string, PastItem>();
  try {
    let cursor: string | undefined;
    do {
      const page = await client.items({
        limit: apiPageMax,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { item, fields } of page.items) items.set(item, { item, fields });
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  } catch (error) {
    if (error instanceof ApiError) throw ours(error, url);
    throw error;
  }
  return items;
}

function ours(error: ApiError, url: string): TowlineError {
  const { code, message } = error;
  if (isErrorCode(code)) {
    const hint = error.isSignedOut ? " Name a token of that node with --token." : "";
    return new TowlineError(code, `${url}: ${message}${hint}`, { cause: error });
  }
  const isSilent = code === "client/unreachable" || code === "client/timeout";
  const meant = isSilent ? "dial/unreachable" : "dial/not-towline";
  return new TowlineError(meant, `${url}: ${message}`, { cause: error });
}

function show(
  { terminal }: Invocation,
  found: readonly ItemDifference[],
  names: readonly [string, string],
): void {
  printResult(
    terminal,
    found,
    found.flatMap((one) => linesOf(one, names, terminal)),
  );
  if (terminal.isJson) return;
  const count = found.length === 1 ? "1 item differs" : `${found.length} items differ`;
  terminal.remark(terminal.errorColors.dim(found.length === 0 ? "no differences" : count));
}

/** Longer values would hide the other side. */
const valueColumns = 40;

function linesOf(
  { item, change, title, fields }: ItemDifference,
  [one, other]: readonly [string, string],
  { colors }: Terminal,
): readonly string[] {
  const head = `${colors.bold(escapeLine(item))}  ${escapeLine(valueText(title))}`;
  if (change === "created") return [`${head}  ${colors.green(`only ${other}`)}`];
  if (change === "deleted") return [`${head}  ${colors.red(`only ${one}`)}`];
  const text = (value: unknown): string =>
    value === null ? "nothing" : cutTo(escapeLine(valueText(value)), valueColumns);
  return [
    head,
    ...fields.map(({ field, before, after }) => {
      const sides = `${one} ${text(before)}, ${other} ${text(after)}`;
      return `  ${colors.dim(escapeLine(field))}  ${sides}`;
    }),
  ];
}
