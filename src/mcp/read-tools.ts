/** The tools that only read: status, list, search, show, next. */
import { z } from "zod";
import { mcpBlockedMax, mcpPeersMax } from "../base/edge-limits.ts";
import type { ItemRow } from "../commands/item-rows.ts";
import type { ListParams } from "../commands/items.ts";
import { list, show } from "../commands/items.ts";
import { status } from "../commands/node.ts";
import type { BlockedRow, ReadyRow } from "../commands/work.ts";
import { blocked, claims, ready } from "../commands/work.ts";
import type { ClaimRow } from "../work/board.ts";
import { limit, stage, word, words } from "./inputs.ts";
import type { ItemLine } from "./shapes.ts";
import { holderOf, itemLine, lineOf, lineText, wholeItem, wholeOf, wholeText } from "./shapes.ts";
import type { AnyTool, ToolAnswer, ToolContext } from "./tool.ts";
import { defineTool, reading } from "./tool.ts";

const peer = z.object({
  peer: z.string(),
  state: z.string(),
  inSync: z.boolean().nullable().describe("null when the peer cannot tell"),
});

const statusTool = defineTool({
  ...reading,
  name: "towline_status",
  title: "Status of the node",
  description:
    "Tells how this Towline node is: how many items it has, whether it is in sync with its peers, " +
    "what is wrong with it, and which items this session holds. Call it when another tool " +
    "reports a problem, or to see whether what you read is up to date.",
  input: z.strictObject({}),
  output: z.object({
    node: z.string(),
    name: z.string(),
    items: z.number(),
    ops: z.number(),
    sync: z.string().describe("In words, whether this node has what its peers have"),
    peers: z.array(peer),
    problem: z.string().nullable().describe("Why nothing can be written; null when all is well"),
    holding: z.array(z.object({ item: z.string(), epoch: z.number() })),
  }),
  run: async ({ call, claims: held }) => {
    const now = await call(status, {});
    const peers = now.peers.slice(0, mcpPeersMax).map((row) => ({
      peer: row.url ?? row.node ?? "a peer",
      state: row.state,
      inSync: row.inSync,
    }));
    const holding = held.all().map(({ item, epoch }) => ({ item, epoch }));
    const problem = now.problem === null ? null : `${now.problem.code}: ${now.problem.message}`;
    const { node, name, items, ops } = now;
    const text = [
      `${name}: ${items} items, ${ops} ops; ${now.sync.text}.`,
      ...(problem === null ? [] : [`Problem: ${problem}`]),
      ...holding.map(({ item, epoch }) => `This session holds ${item} (epoch ${epoch}).`),
    ].join("\n");
    return {
      result: { node, name, items, ops, sync: now.sync.text, peers, problem, holding },
      text,
    };
  },
});

const listed = z.object({
  items: z.array(itemLine),
  matching: z.number().describe("How many items match, shown or not"),
});

const filters = {
  stages: z.array(stage).max(6).default([]).describe("Only items in these stages"),
  labels: words.default([]).describe("Only items that have all of these labels"),
  limit,
};

const listTool = defineTool({
  ...reading,
  name: "towline_list",
  title: "List items",
  description:
    "Lists work items by stage and priority. Archived ones are left out unless you name that " +
    "stage. To find out what to work on, use towline_next instead.",
  input: z.strictObject({
    ...filters,
    assignee: word.optional().describe("Only items of this assignee"),
  }),
  output: listed,
  run: async (context, { stages, labels, assignee = null, limit: most }) =>
    await find(context, { ...whatever, stages, labels, assignee, limit: most }),
});

const searchTool = defineTool({
  ...reading,
  name: "towline_search",
  title: "Search items",
  description:
    "Finds items with a text in their id, title, description, notes or any other field; upper and " +
    "lower case are the same. Look here before you add an item that may exist already.",
  input: z.strictObject({ ...filters, query: word.describe("The text to look for") }),
  output: listed,
  run: async (context, { stages, labels, query, limit: most }) =>
    await find(context, { ...whatever, stages, labels, search: query, limit: most }),
});

const whatever = { search: null, assignee: null } as const;

async function find(
  { call }: ToolContext,
  params: Omit<ListParams, "withArchived">,
): Promise<ToolAnswer<z.infer<typeof listed>>> {
  const rows: ItemRow[] = [];
  const withArchived = params.stages.includes("archived");
  const { matching } = await call(
    list,
    { ...params, withArchived },
    { rows: (some) => rows.push(...some) },
  );
  const items = await withHolders(call, rows);
  const left = matching - items.length;
  const more = left > 0 ? [`${left} more match: narrow the search or raise the limit.`] : [];
  const text =
    items.length === 0 ? "No item matches." : [...items.map(lineText), ...more].join("\n");
  return { result: { items, matching }, text };
}

/** The rows with who works on them. */
export async function withHolders(
  call: ToolContext["call"],
  rows: readonly ItemRow[],
): Promise<ItemLine[]> {
  if (rows.length === 0) return [];
  const held = new Map<string, ClaimRow>();
  const note = (some: readonly ClaimRow[]): void => {
    for (const row of some) held.set(row.item, row);
  };
  await call(claims, { all: false }, { rows: note });
  return rows.map((row) => lineOf(row, holderOf(held.get(row.item) ?? null)));
}

const showTool = defineTool({
  ...reading,
  name: "towline_show",
  title: "Show an item",
  description:
    "Shows one item whole: description, all fields, notes, who holds it, and the end of what an " +
    "agent's command printed about it here. Read it before you begin to work on the item.",
  input: z.strictObject({
    item: z.string().min(1).max(128).describe("The item's id, or the beginning of it"),
  }),
  output: wholeItem,
  run: async ({ call }, { item }) => {
    const whole = wholeOf(await call(show, { item }));
    return { result: whole, text: wholeText(whole) };
  },
});

const nextTool = defineTool({
  ...reading,
  name: "towline_next",
  title: "What to work on next",
  description:
    "Lists items that may be worked on now, what matters most first: nobody holds them, they are " +
    "not blocked, and what they depend on is done. Nothing is claimed: call towline_claim with the " +
    "id of one of them, or without an id to take the first that is free. When nothing is ready, " +
    "it tells what is in the way.",
  input: z.strictObject({
    stages: z.array(stage).max(6).default([]).describe("Only items in these stages"),
    labels: words
      .default([])
      .describe("What you can do: items labelled needs:x are for workers with x"),
    limit: limit.default(5),
  }),
  output: z.object({
    items: z.array(itemLine),
    ready: z.number().describe("How many items are ready, shown or not"),
    blocked: z
      .array(z.object({ item: z.string(), title: z.string(), why: z.string() }))
      .describe("When nothing is ready: what is in the way of some items"),
  }),
  run: async ({ call }, { stages, labels, limit: most }) => {
    const rows: ReadyRow[] = [];
    const take = (some: readonly ReadyRow[]): number => rows.push(...some);
    const { matching } = await call(ready, { stages, labels, limit: most }, { rows: take });
    const items = rows.map((row) => lineOf(row, null));
    if (items.length > 0) {
      const text = `${matching} ready.\n${items.map(lineText).join("\n")}`;
      return { result: { items, ready: matching, blocked: [] }, text };
    }
    const obstacles = await blockedItems(call, { stages, labels });
    const lines = obstacles.map(({ item, title, why }) => `${item}  ${title}  ${why}`);
    const text = ["Nothing is ready to be worked on.", ...lines].join("\n");
    return { result: { items, ready: 0, blocked: obstacles }, text };
  },
});

async function blockedItems(
  call: ToolContext["call"],
  worker: { readonly stages: readonly string[]; readonly labels: readonly string[] },
): Promise<{ item: string; title: string; why: string }[]> {
  const rows: BlockedRow[] = [];
  const take = (some: readonly BlockedRow[]): void => {
    rows.push(...some.slice(0, mcpBlockedMax - rows.length));
  };
  await call(blocked, worker, { rows: take });
  return rows.map((row) => ({
    item: row.item,
    title: lineOf(row, null).title,
    why: row.obstacles.map(({ text }) => text).join("; "),
  }));
}

export const readTools: readonly AnyTool[] = [statusTool, listTool, searchTool, showTool, nextTool];
