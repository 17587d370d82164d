/** What clients may read without a tool: the board, and each item. */
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { ReadResourceResult, Resource } from "@modelcontextprotocol/sdk/types.js";
import { McpError } from "@modelcontextprotocol/sdk/types.js";
import { TowlineError } from "../base/errors.ts";
import { mcpBoardMax, mcpCompletionsMax, mcpListMax } from "../base/edge-limits.ts";
import type { ItemRow } from "../commands/item-rows.ts";
import { list, show } from "../commands/items.ts";
import { stages } from "../op/change.ts";
import type { Caller } from "./caller.ts";
import { withHolders } from "./read-tools.ts";
import { lineOf, textOf, wholeOf } from "./shapes.ts";

export const boardUri = "towline://board";
const itemTemplate = "towline://item/{id}";
const mimeType = "application/json";

export function addResources(server: McpServer, caller: Caller): void {
  server.registerResource(
    "board",
    boardUri,
    {
      title: "The board",
      description: `Items by stage with who holds them, at most ${mcpBoardMax} of each stage`,
      mimeType,
    },
    async (uri, { signal }) => jsonOf(uri.href, await board(caller, signal)),
  );
  server.registerResource(
    "item",
    new ResourceTemplate(itemTemplate, {
      list: async ({ signal }) => ({ resources: await itemResources(caller, signal) }),
      complete: { id: async (text) => await idsThatBegin(caller, text) },
    }),
    { title: "An item", description: "One item whole, with its notes and its claim", mimeType },
    async (uri, { id }, { signal }) => {
      const item = decoded(typeof id === "string" ? id : "").slice(0, itemCharsShown);
      return jsonOf(
        uri.href,
        await orNotFound(uri.href, () => caller.call(show, { item }, { signal }).then(wholeOf)),
      );
    },
  );
}

function jsonOf(uri: string, value: unknown): ReadResourceResult {
  return { contents: [{ uri, mimeType, text: JSON.stringify(value) }] };
}

/** Longer ones are no ids, and would be quoted whole. */
const itemCharsShown = 200;

/** What the protocol calls a resource that is not there. */
const resourceNotFound = -32_002;

async function orNotFound<Result>(uri: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    const isMissing = error.code === "item/unknown" || error.code === "item/deleted";
    const code = isMissing ? resourceNotFound : -32_603;
    throw new McpError(code, `${error.code}: ${error.message}`, { uri, code: error.code });
  }
}

/** A uri that holds half of an escape names no item. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** All stages but the archive, which only grows. */
const shownStages = stages.filter((stage) => stage !== "archived");

async function board(caller: Caller, signal: AbortSignal): Promise<unknown> {
  const columns = [];
  for (const stage of [...shownStages, "none"]) {
    const { rows, matching } = await rowsOf(caller, signal, {
      stages: [stage],
      limit: mcpBoardMax,
    });
    const items = await withHolders((...call) => caller.call(...call), rows);
    if (stage !== "none" || matching > 0) columns.push({ stage, matching, items });
  }
  return { columns };
}

async function rowsOf(
  caller: Caller,
  signal: AbortSignal,
  wanted: { readonly stages: readonly string[]; readonly limit: number },
): Promise<{ readonly rows: readonly ItemRow[]; readonly matching: number }> {
  const rows: ItemRow[] = [];
  const params = { ...wanted, labels: [], search: null, assignee: null, withArchived: false };
  const { matching } = await caller.call(list, params, {
    signal,
    rows: (some) => rows.push(...some),
  });
  return { rows, matching };
}

async function itemResources(caller: Caller, signal: AbortSignal): Promise<Resource[]> {
  const { rows } = await rowsOf(caller, signal, { stages: [], limit: mcpListMax });
  return rows.map((row) => ({
    uri: `towline://item/${encodeURIComponent(row.item)}`,
    name: row.item,
    title: lineOf(row, null).title,
    description: row.stage === null ? "no stage" : textOf(row.stage),
    mimeType,
  }));
}

async function idsThatBegin(caller: Caller, text: string): Promise<string[]> {
  const ids: string[] = [];
  const take = (some: readonly ItemRow[]): void => {
    for (const { item } of some) {
      if (item.startsWith(text) && ids.length < mcpCompletionsMax) ids.push(item);
    }
  };
  const params = { stages: [], labels: [], search: text, assignee: null, limit: null };
  await caller.call(list, { ...params, withArchived: false }, { rows: take });
  return ids.sort();
}
