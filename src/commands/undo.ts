/** Takes an op back by a new one. */
import type { ChangeTuple, OpId, TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { PastSource, Sliced } from "../history/source.ts";
import { itemsOf } from "../history/source.ts";
import type { UndoPlan } from "../history/undo.ts";
import { isUndoable, planUndo } from "../history/undo.ts";
import type { Op } from "../op/op.ts";
import type { CommandContext } from "./command.ts";
import { meantItem, unknownItem } from "./item-rows.ts";
import { inSlices, liveOf, sourceOf } from "./past.ts";
import { confirming } from "./wait.ts";
import { writeOp } from "./write.ts";

export interface UndoParams {
  /**
   * An item: the last op about it by the actor. The beginning of an op's id: that op. Null: the
   * last op that the actor wrote on this node.
   */
  readonly what: string | null;
  /** Takes back only what the op did to this item; null for all of it. */
  readonly item: string | null;
  readonly actor: string;
  /** Also what was changed again since, and whatever can be taken back of an op that cannot. */
  readonly force: boolean;
}

export interface UndoResult {
  /** The op that was written; null when everything was so already. */
  readonly op: OpId | null;
  /** The op that was taken back. */
  readonly undid: OpId;
  readonly items: readonly string[];
  /** What was left as it is, for people; only with `force`. */
  readonly left: readonly string[];
}

export const undo = confirming<UndoParams, never, UndoResult>(
  {
    name: "undo",
    read: (given) => ({
      what: given.optionalText("what"),
      item: given.optionalText("item"),
      actor: given.text("actor"),
      force: given.flag("force"),
    }),
    run: async (context, { what, item, actor, force }) => {
      const { node, signal } = context;
      const meant = await meantOp(context, what, actor);
      const only = item ?? meant.only;
      const plan = planUndo(sourceOf(node), { op: meant.op, only, live: liveOf(node) });
      const made = await inSlices(plan, signal);
      refuse(made, force);
      const op = await writeOp(node, changesOf(node, made, meant.op.id), actor);
      const items = itemsOf(meant.op).filter((each) => only === null || each === only);
      return { op, undid: meant.op.id, items, left: made.impossible };
    },
  },
  (_, { op, undid }) => [op ?? undid],
);

async function meantOp(
  context: CommandContext<never>,
  what: string | null,
  actor: string,
): Promise<{ readonly op: Op; readonly only: string | null }> {
  const { node } = context;
  if (what === null) {
    const isMeant = (op: Op): boolean => op.author === node.id && op.actor === actor;
    const all = Array.from({ length: node.arrivals.durable }, (_, index) => index);
    return { op: await lastOp(context, all, isMeant, nothingOf(actor, null)), only: null };
  }
  const op = node.itemState(what) === "absent" ? opNamed(node, what) : null;
  if (op !== null) return { op, only: null };
  const item = meantItem(node, what);
  const known = node.arrivals.ofItem(item);
  const isMeant = (op: Op): boolean => op.actor === actor;
  return { op: await lastOp(context, known, isMeant, nothingOf(actor, item)), only: item };
}

/** The op whose id begins so; null when there is none. */
function opNamed(node: TowlineNode, prefix: string): Op | null {
  if (!/^[0-9a-f]{6,64}$/u.test(prefix)) return null;
  const [first, second] = node.arrivals.find(prefix);
  if (first === undefined) return null;
  if (second !== undefined) {
    const message = `Several ops begin with ${prefix}. Write more of it.`;
    throw new TowlineError("usage/invalid", message);
  }
  return node.arrivals.read([first])[0] ?? null;
}

function nothingOf(actor: string, item: string | null): TowlineError {
  const where = item === null ? "on this node" : `about ${item}`;
  const log = item === null ? "towline log" : `towline log ${item}`;
  return new TowlineError(
    "undo/nothing",
    `${actor === "" ? "Nobody" : actor} wrote nothing ${where} that could be undone. ` +
      `Name the op that is meant: "${log}" lists them.`,
  );
}

async function lastOp(
  { node, signal }: CommandContext<never>,
  indices: readonly number[],
  isMeant: (op: Op) => boolean,
  otherwise: TowlineError,
): Promise<Op> {
  const accepts = (op: Op): boolean => isMeant(op) && isUndoable(op);
  const found = await inSlices(findLast(sourceOf(node), indices, accepts), signal);
  if (found === null) throw otherwise;
  return found;
}

/** Ops read at a time, from the newest on. */
const opsAtATime = 16;

function* findLast(
  source: PastSource,
  indices: readonly number[],
  accepts: (op: Op) => boolean,
): Sliced<Op | null> {
  for (let end = indices.length; end > 0; end -= opsAtATime) {
    const slice = indices.slice(Math.max(0, end - opsAtATime), end);
    const found = source.read(slice).findLast(accepts);
    if (found !== undefined) return found;
    yield;
  }
  return null;
}

/** Texts that are named in a refusal. */
const namedMax = 5;

function refuse({ changes, moves, overridden, impossible }: UndoPlan, force: boolean): void {
  const isNothing = changes.length === 0 && moves.length === 0;
  if (impossible.length > 0 && (!force || isNothing)) {
    const way = isNothing ? "" : " With --force the rest is taken back.";
    throw new TowlineError("undo/impossible", `Not undone: ${named(impossible)}.${way}`);
  }
  if (overridden.length === 0 || force) return;
  throw new TowlineError(
    "undo/overridden",
    `Not undone, since somebody has changed it again: ${named(overridden)}. ` +
      "With --force it is taken back all the same.",
  );
}

function named(texts: readonly string[]): string {
  const all = [...new Set(texts)];
  const more = all.length > namedMax ? `, and ${all.length - namedMax} more` : "";
  return all.slice(0, namedMax).join(", ") + more;
}

function changesOf(
  node: TowlineNode,
  { changes, moves }: UndoPlan,
  undid: OpId,
): readonly ChangeTuple[] {
  for (const [kind, item, field, value] of changes) {
    if (kind !== "add" || field !== "depends_on") continue;
    // Others may wait for it by now.
    if (typeof item === "string" && typeof value === "string") {
      node.work.endings.refuseCircle(item, value);
    }
  }
  const reason = `undo of ${undid.slice(0, 8)}`;
  const back = moves.flatMap(({ item, to }) => {
    if (node.item(item) === null) throw unknownItem(item);
    return node.work.endings.moveChanges(item, to, reason);
  });
  return [...changes, ...back];
}
