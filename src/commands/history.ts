/** Looks back: what happened to an item or to all, who wrote what, how the board was. */
import type { Authorship, OpId, TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { compareText } from "../base/bytes.ts";
import { historyPageMax, historyScanMax } from "../base/limits.ts";
import { blameWithClaims } from "../claims/over.ts";
import { Boards } from "../history/boards.ts";
import type { PastItem } from "../history/boards.ts";
import { compare as compareAt, differences } from "../history/comparison.ts";
import type { ItemDifference } from "../history/comparison.ts";
import { linesByItem } from "../history/lines.ts";
import { Marks } from "../history/marks.ts";
import type { Mark } from "../history/marks.ts";
import type { Moment } from "../history/moment.ts";
import { foldItem } from "../history/moment.ts";
import { itemsOf } from "../history/source.ts";
import type { PastOp } from "../history/source.ts";
import { timeline } from "../history/timeline.ts";
import { tupleOf } from "../history/tuples.ts";
import type { Change } from "../op/change.ts";
import type { Given, NodeCommand, NoParams } from "./command.ts";
import { breathe, streamRows } from "./command.ts";
import { meantItem, unknownItem } from "./item-rows.ts";
import { inSlices, liveOf, readMoment, readSomeMoment, sourceOf } from "./past.ts";

/** One op, as far as it concerns what was asked for. */
export interface ChangeRow extends Authorship {
  readonly op: OpId;
  readonly seq: number;
  /** Arrival index on this node. */
  readonly index: number;
  /** What the author's node calls itself; null when it never told. */
  readonly node: string | null;
  /** As docs/PROTOCOL.md lists them. */
  readonly changes: readonly (readonly Json[])[];
  /** Lines for people; what goes without saying has none. */
  readonly text: readonly string[];
  /** All items that the op touches. */
  readonly items: readonly string[];
}

export interface PageParams {
  readonly limit: number;
  /** What the page before said; null for the newest. */
  readonly cursor: string | null;
}

export interface ChangesParams extends PageParams {
  /** Only what this actor wrote; null for everybody. */
  readonly actor: string | null;
}

export interface PageResult {
  readonly next: string | null;
}

function readPage(given: Given): PageParams {
  const limit = Math.min(given.count("limit") ?? historyPageMax, historyPageMax);
  return { limit, cursor: given.optionalText("cursor") };
}

/** The arrival index before which a page ends. */
function placeOf(cursor: string | null): number | null {
  if (cursor === null) return null;
  if (/^[0-9]{1,15}$/u.test(cursor)) return Number(cursor);
  throw new TowlineError("usage/invalid", "The cursor is none that a page gave. Leave it out.");
}

function rowOf(
  node: TowlineNode,
  { index, op }: PastOp,
  part: { readonly changes: readonly Change[]; readonly text: readonly string[] },
): ChangeRow {
  const { author, actor, time, id, seq } = op;
  return {
    ...{ op: id, seq, index, author, actor, time },
    node: node.nameOf(author),
    changes: part.changes.map(tupleOf),
    text: part.text,
    items: itemsOf(op),
  };
}

export interface HistoryParams extends PageParams {
  readonly item: string;
}

/** What happened to one item, newest first. */
export const history: NodeCommand<HistoryParams, ChangeRow, PageResult> = {
  name: "history",
  read: (given) => ({ item: given.text("item"), ...readPage(given) }),
  run: async (context, { item, limit, cursor }) => {
    const { node, signal } = context;
    const id = meantItem(node, item);
    const page = timeline(sourceOf(node), id, { before: placeOf(cursor), limit });
    const { entries, next } = await inSlices(page, signal);
    await streamRows(
      context,
      entries.map((entry) => rowOf(node, entry, entry)),
    );
    return { next: next === null ? null : String(next) };
  },
};

/** Ops decoded at a time. */
const opsAtATime = 32;

/** What happened at all, newest first. A page may hold less than asked for, or nothing. */
export const changes: NodeCommand<ChangesParams, ChangeRow, PageResult> = {
  name: "changes",
  read: (given) => ({ ...readPage(given), actor: given.optionalText("actor") }),
  run: async (context, { limit, cursor, actor }) => {
    const { node, signal } = context;
    const end = Math.min(placeOf(cursor) ?? node.arrivals.durable, node.arrivals.durable);
    const last = Math.max(0, end - historyScanMax);
    let [at, left] = [end, limit];
    while (at > last && left > 0) {
      const from = Math.max(last, at - Math.min(opsAtATime, actor === null ? left : opsAtATime));
      const indices = Array.from({ length: at - from }, (_, place) => from + place);
      const past = node.arrivals.read(indices).map((op, place) => ({ index: from + place, op }));
      const meant = past.filter(({ op }) => actor === null || op.actor === actor).reverse();
      const rows = meant.slice(0, left).map((each) => changeRow(node, each));
      await context.rows(rows);
      await breathe(signal);
      left -= rows.length;
      // What was read and did not fit comes with the next page.
      at = meant.length > rows.length ? (rows.at(-1)?.index ?? from) : from;
    }
    return { next: at === 0 ? null : String(at) };
  },
};

/** An op with all that it did. */
export function changeRow(node: TowlineNode, past: PastOp): ChangeRow {
  const { changes } = past.op;
  return rowOf(node, past, { changes, text: linesByItem(changes) });
}

export interface BlameRow extends Authorship {
  readonly field: string;
  readonly value: Json;
  readonly op: OpId;
  readonly node: string | null;
}

export interface BlameParams {
  readonly item: string;
  /** Null for now. */
  readonly at: Moment | null;
}

/** Who wrote each field of an item. */
export const blame: NodeCommand<BlameParams, BlameRow, { readonly item: string }> = {
  name: "blame",
  read: (given) => ({ item: given.text("item"), at: readMoment(given, "at") }),
  run: async (context, { item, at }) => {
    const { node, signal } = context;
    const id = meantItem(node, item);
    const fold =
      at === null ? liveOf(node) : await inSlices(foldItem(sourceOf(node), id, at), signal);
    if (fold.document.state(id) !== "live") throw at === null ? unknownItem(id) : notThen(id);
    const rows = blameWithClaims(fold.document, fold.claims, id);
    await streamRows(
      context,
      rows.map((row) => ({ ...row, node: node.nameOf(row.author) })),
    );
    return { item: id };
  },
};

/** The item is there now, or was once, but not at the moment that is meant. */
export function notThen(id: string): TowlineError {
  return new TowlineError(
    "item/unknown",
    `There was no item ${JSON.stringify(id)} at that moment. \`towline log ${id}\` tells when there was.`,
  );
}

/** Of each node what was looked at last, so that the next look near it is cheap. */
const looks = new WeakMap<TowlineNode, { readonly boards: Boards; readonly marks: Marks }>();

function looksAt(node: TowlineNode): { readonly boards: Boards; readonly marks: Marks } {
  const known = looks.get(node) ?? { boards: new Boards(), marks: new Marks() };
  looks.set(node, known);
  return known;
}

export interface MomentsResult {
  readonly ops: number;
  readonly marks: readonly Mark[];
}

/** What a slider of time runs over. */
export const moments: NodeCommand<NoParams, never, MomentsResult> = {
  name: "moments",
  read: () => ({}),
  run: async ({ node, signal }) => {
    const ops = node.arrivals.durable;
    return { ops, marks: await inSlices(looksAt(node).marks.of(sourceOf(node)), signal) };
  },
};

export interface BoardAtResult {
  /** Ops that count. */
  readonly at: number;
  /** When the last of them was written, by its author's clock. */
  readonly time: number | null;
}

/** The items as they were, sorted by id. */
export const boardAt: NodeCommand<{ readonly at: Moment }, PastItem, BoardAtResult> = {
  name: "board-at",
  read: (given) => ({ at: readSomeMoment(given, "at") }),
  run: async (context, params) => {
    const { node, signal } = context;
    const look = looksAt(node).boards.at(sourceOf(node), params.at);
    const { at, time, items } = await inSlices(look, signal);
    const sorted = [...items.values()].sort((one, other) => compareText(one.item, other.item));
    await streamRows(context, sorted);
    return { at, time };
  },
};

export interface CompareParams {
  readonly from: Moment;
  readonly to: Moment;
}

/** What differs between two moments, sorted by item. */
export const compare: NodeCommand<CompareParams, ItemDifference, CompareParams> = {
  name: "compare",
  read: (given) => ({ from: readSomeMoment(given, "from"), to: readSomeMoment(given, "to") }),
  run: async (context, { from, to }) => {
    const { node, signal } = context;
    const source = sourceOf(node);
    if ("ops" in from && "ops" in to) {
      const range = { from: from.ops, to: to.ops };
      await streamRows(context, await inSlices(compareAt(source, range), signal));
      return { from, to };
    }
    const { boards } = looksAt(node);
    const first = await inSlices(boards.at(source, from), signal);
    const second = await inSlices(boards.at(source, to), signal);
    await streamRows(context, differences(first.items, second.items));
    return { from, to };
  },
};
