/** Items, one and all. */
import type { ItemView } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import { notesPageMax } from "../../base/limits.ts";
import { breathe } from "../../commands/command.ts";
import { matches } from "../../commands/items.ts";
import { liveItem } from "../../commands/item-rows.ts";
import type { ItemPageDto } from "../../client/contract.ts";
import { etagOf, itemDto } from "../dto/item.ts";
import { notePageDto } from "../dto/notes.ts";
import { wholeItemDto } from "../dto/whole-item.ts";
import { itemParams, limitParam, param, params, query } from "../schemas/parts.ts";
import { itemPageSchema, notePageSchema, wholeItemSchema } from "../schemas/item.ts";
import type { Call } from "../web.ts";
import { route } from "../web.ts";

interface ItemsQuery {
  readonly stage?: readonly string[];
  readonly label?: readonly string[];
  readonly assignee?: string;
  readonly search?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

interface NotesQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

export interface ItemParams {
  readonly item: string;
}

const notesLimit = { type: "integer", minimum: 1, maximum: notesPageMax };
const limitDefault = 200;
/** Items looked at before others get a turn. */
const itemsAtATime = 500;

export const itemRoutes = [
  route<object, ItemsQuery>({
    method: "GET",
    url: "/api/v1/items",
    access: "viewer",
    tag: "items",
    summary: "Items, sorted by id",
    query: query({
      stage: params,
      label: params,
      assignee: param,
      search: param,
      limit: limitParam,
      cursor: param,
    }),
    answers: { 200: itemPageSchema },
    handle: pageOf,
  }),
  route<ItemParams>({
    method: "GET",
    url: "/api/v1/items/:item",
    access: "viewer",
    tag: "items",
    summary: "One item with its notes, who wrote what, and conflicts",
    params: itemParams,
    answers: { 200: wholeItemSchema },
    handle: ({ web: { host }, params: { item }, request, reply }) => {
      const whole = wholeItemDto(host.node, liveItem(host.node, item));
      const etag = etagOf(host.node, whole);
      reply.header("etag", etag).header("cache-control", "private, no-cache");
      if (!isNamed(request.headers["if-none-match"], etag)) return whole;
      void reply.code(304).send();
      return undefined;
    },
  }),
  route<ItemParams, NotesQuery>({
    method: "GET",
    url: "/api/v1/items/:item/notes",
    access: "viewer",
    tag: "items",
    summary: "The notes of an item, newest first",
    params: itemParams,
    query: query({ limit: notesLimit, cursor: param }),
    answers: { 200: notePageSchema },
    handle: ({ web: { host }, params: { item }, query: { limit, cursor } }) =>
      notePageDto(liveItem(host.node, item), {
        limit: limit ?? notesPageMax,
        cursor: cursor ?? null,
      }),
  }),
];

async function pageOf({
  web,
  query,
  signal,
}: Call<object, ItemsQuery, undefined>): Promise<ItemPageDto> {
  const { node } = web.host;
  const { limit = limitDefault, cursor, search = null, assignee = null } = query;
  const asOf = web.events.position();
  const wanted = { stages: query.stage ?? [], labels: query.label ?? [], search, assignee };
  const found: ItemView[] = [];
  let seen = 0;
  for (const view of node.items(cursor === undefined ? undefined : itemBehind(cursor))) {
    seen += 1;
    if (seen % itemsAtATime === 0) await breathe(signal);
    if (!matches(view, wanted)) continue;
    found.push(view);
    if (found.length > limit) break;
  }
  const items = found.slice(0, limit).map((view) => itemDto(node, view));
  const next = found.length > limit ? cursorAt(items.at(-1)?.item ?? "") : null;
  return { items, next, asOf };
}

/** A cursor is nothing to people, so that it may become something else. */
function cursorAt(item: string): string {
  return Buffer.from(item).toString("base64url");
}

function itemBehind(cursor: string): string {
  const item = Buffer.from(cursor, "base64url").toString();
  if (cursorAt(item) === cursor) return item;
  throw new TowlineError("http/invalid", "The cursor is none of this list: begin without one.");
}

/** Whether a list of ETags names this one. */
function isNamed(header: string | undefined, etag: string): boolean {
  const named = (header ?? "").split(",").map((each) => each.trim().replace(/^W\//u, ""));
  return named.includes(etag) || named.includes("*");
}
