/** Looks back: what happened, to one item or at all, how the board was, and how to take it back. */
import { TowlineError } from "../../base/errors.ts";
import { historyPageMax } from "../../base/limits.ts";
import type { ChangeRow } from "../../commands/history.ts";
import { boardAt, changes, compare, history, moments } from "../../commands/history.ts";
import { unknownItem } from "../../commands/item-rows.ts";
import { undo } from "../../commands/undo.ts";
import type { ChangePageDto, ComparisonDto, PastBoardDto, UndoDto } from "../../client/contract.ts";
import type { ItemDifference } from "../../history/comparison.ts";
import type { PastItem } from "../../history/boards.ts";
import { actorOf } from "../actor.ts";
import { writtenDto } from "../dto/written.ts";
import { refuseChanged } from "../if-match.ts";
import {
  changePageSchema,
  comparisonSchema,
  momentsSchema,
  pastBoardSchema,
} from "../schemas/history.ts";
import { itemParams, object, param, query } from "../schemas/parts.ts";
import { undoSchema, writtenSchema } from "../schemas/write.ts";
import type { Call } from "../web.ts";
import { route, run } from "../web.ts";
import type { ItemParams } from "./items.ts";

interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

const limitDefault = 50;
const look = { method: "GET", access: "viewer", tag: "history" } as const;
const pageLimit = { type: "integer", minimum: 1, maximum: historyPageMax };
const moment = { type: "integer", minimum: 0 };

export const historyRoutes = [
  route<object, PageQuery & { readonly actor?: string }>({
    ...look,
    url: "/api/v1/changes",
    summary: "Ops, newest first",
    query: query({ limit: pageLimit, cursor: param, actor: param }),
    answers: { 200: changePageSchema },
    handle: async (call): Promise<ChangePageDto> => {
      const { actor = null } = call.query;
      const [rows, { next }] = await gather<ChangeRow, { readonly next: string | null }>((onRows) =>
        run(call, changes, { ...pageOf(call.query), actor }, onRows),
      );
      return { changes: rows, next };
    },
  }),
  route<ItemParams, PageQuery>({
    ...look,
    url: "/api/v1/items/:item/history",
    summary: "What happened to an item, newest first; deleted ones as well",
    params: itemParams,
    query: query({ limit: pageLimit, cursor: param }),
    answers: { 200: changePageSchema },
    handle: async (call): Promise<ChangePageDto> => {
      const { item } = call.params;
      // The command takes the beginning of an id as well; a path names an item exactly.
      if (call.web.host.node.itemState(item) === "absent") throw unknownItem(item);
      const [rows, { next }] = await gather<ChangeRow, { readonly next: string | null }>((onRows) =>
        run(call, history, { item, ...pageOf(call.query) }, onRows),
      );
      return { changes: rows, next };
    },
  }),
  route({
    ...look,
    url: "/api/v1/history/moments",
    summary: "What a slider of time runs over",
    answers: { 200: momentsSchema },
    handle: (call) => run(call, moments, {}),
  }),
  route<object, { readonly at: number }>({
    ...look,
    url: "/api/v1/history/board",
    summary: "The items after the first `at` ops; claims are left out",
    query: object({ at: moment }),
    answers: { 200: pastBoardSchema },
    handle: async (call): Promise<PastBoardDto> => {
      const at = { ops: momentOf(call, call.query.at) };
      const [items, result] = await gather<PastItem, Pick<PastBoardDto, "at" | "time">>((onRows) =>
        run(call, boardAt, { at }, onRows),
      );
      return { ...result, items };
    },
  }),
  route<object, { readonly from: number; readonly to: number }>({
    ...look,
    url: "/api/v1/history/compare",
    summary: "What differs between two moments",
    query: object({ from: moment, to: moment }),
    answers: { 200: comparisonSchema },
    handle: async (call): Promise<ComparisonDto> => {
      const { from, to } = call.query;
      const params = { from: { ops: momentOf(call, from) }, to: { ops: momentOf(call, to) } };
      const [items] = await gather<ItemDifference, unknown>((onRows) =>
        run(call, compare, params, onRows),
      );
      return { from, to, items };
    },
  }),
  route<ItemParams, object, UndoDto>({
    method: "POST",
    url: "/api/v1/items/:item/undo",
    access: "editor",
    tag: "history",
    summary: "Take back what one op did to the item, by a new op",
    params: itemParams,
    body: undoSchema,
    answers: { 200: writtenSchema },
    handle: async (call) => {
      const { item } = call.params;
      const { op: what, force = false } = call.body;
      const { node } = call.web.host;
      if (node.itemState(item) === "absent") throw unknownItem(item);
      refuseChanged(call, item);
      const { op } = await run(call, undo, { what, item, actor: actorOf(call), force });
      return writtenDto(node, item, op);
    },
  }),
];

function pageOf({ limit = limitDefault, cursor }: PageQuery): {
  readonly limit: number;
  readonly cursor: string | null;
} {
  return { limit, cursor: cursor ?? null };
}

/** A number of ops that there are. Throws `http/invalid`. */
function momentOf({ web }: Pick<Call<unknown, unknown, unknown>, "web">, ops: number): number {
  const { durable } = web.host.node.arrivals;
  if (ops <= durable) return ops;
  throw new TowlineError("http/invalid", `There are ${durable} ops here: choose 0 to ${durable}.`);
}

/** All rows that a command hands out, and its result. */
async function gather<Row, Result>(
  start: (onRows: (rows: readonly Row[]) => Promise<void>) => Promise<Result>,
): Promise<readonly [rows: readonly Row[], result: Result]> {
  const all: Row[] = [];
  const result = await start((rows) => {
    for (const row of rows) all.push(row);
    return Promise.resolve();
  });
  return [all, result];
}
