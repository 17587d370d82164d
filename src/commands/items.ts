/** Reads and deletes items: list, show, remove. */
import type { ItemView } from "../api/types.ts";
import { member } from "../base/json.ts";
import { compareText } from "../base/bytes.ts";
import type { ConflictSide } from "../claims/over.ts";
import { isStage, stages } from "../op/change.ts";
import { outputTail } from "../runner/folders.ts";
import type { ClaimRow } from "../work/board.ts";
import { foldItem } from "../history/moment.ts";
import type { Moment } from "../history/moment.ts";
import type { NodeCommand } from "./command.ts";
import { breathe, streamRows } from "./command.ts";
import { notThen } from "./history.ts";
import { inSlices, readMoment, sourceOf } from "./past.ts";
import type { ItemRow, ShownItem } from "./item-rows.ts";
import { itemRow, liveItem, meantItem, shownItem, unknownItem } from "./item-rows.ts";
import { confirmingItem } from "./wait.ts";
import { writeOp } from "./write.ts";

export interface ListParams {
  /** Empty for every stage. */
  readonly stages: readonly string[];
  /** An item has to have all of them. */
  readonly labels: readonly string[];
  readonly search: string | null;
  readonly assignee: string | null;
  readonly withArchived: boolean;
  readonly limit: number | null;
}

export interface ListResult {
  /** Items that match, shown or not. */
  readonly matching: number;
  /** Archived items that were left out. */
  readonly archived: number;
}

/** Items looked at before peers of the node get a turn. */
const itemsAtATime = 500;

export const list: NodeCommand<ListParams, ItemRow, ListResult> = {
  name: "list",
  read: (given) => ({
    stages: given.texts("stages"),
    labels: given.texts("labels"),
    search: given.optionalText("search"),
    assignee: given.optionalText("assignee"),
    withArchived: given.flag("withArchived"),
    limit: given.count("limit"),
  }),
  run: async (context, params) => {
    const found: ItemView[] = [];
    let archived = 0;
    let seen = 0;
    for (const view of context.node.items()) {
      seen += 1;
      if (seen % itemsAtATime === 0) await breathe(context.signal);
      if (!matches(view, params)) continue;
      if (!params.withArchived && member(view.fields, "stage") === "archived") archived += 1;
      else found.push(view);
    }
    found.sort(byStage);
    await streamRows(context, found.slice(0, params.limit ?? found.length).map(itemRow));
    return { matching: found.length, archived };
  },
};

export function matches(
  view: ItemView,
  params: Pick<ListParams, "stages" | "labels" | "search" | "assignee">,
): boolean {
  const { fields } = view;
  const stage = member(fields, "stage") ?? null;
  if (params.stages.length > 0 && !params.stages.some((wanted) => wanted === (stage ?? "none"))) {
    return false;
  }
  if (params.assignee !== null && member(fields, "assignee") !== params.assignee) return false;
  const labels = member(fields, "labels") ?? [];
  const hasAll = params.labels.every((label) => Array.isArray(labels) && labels.includes(label));
  return hasAll && (params.search === null || contains(view, params.search));
}

function contains({ item, fields, notes }: ItemView, wanted: string): boolean {
  const needle = wanted.toLowerCase();
  const texts = [item, ...Object.values(fields), ...notes.map(({ text }) => text)];
  return texts.some((value) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return text.toLowerCase().includes(needle);
  });
}

/** By stage, then by priority (smaller numbers first), then by id. */
function byStage(left: ItemView, right: ItemView): number {
  return (
    stageOrder(left) - stageOrder(right) ||
    priorityOrder(left) - priorityOrder(right) ||
    compareText(left.item, right.item)
  );
}

function stageOrder({ fields }: ItemView): number {
  const stage = member(fields, "stage");
  return isStage(stage) ? stages.indexOf(stage) : -1;
}

function priorityOrder({ fields }: ItemView): number {
  const priority = member(fields, "priority");
  return typeof priority === "number" ? priority : Number.MAX_SAFE_INTEGER;
}

export interface WholeItem extends ShownItem {
  /** Null when nobody ever claimed it. */
  readonly claim: ClaimRow | null;
  /** Stages to which it was moved by nodes that did not know of one another. */
  readonly conflict: readonly ConflictSide[];
  /** The end of what agents on this machine printed about it; null when none ran here. */
  readonly output: string | null;
}

export interface ShowParams {
  readonly item: string;
  /** As it was then; null for as it is. */
  readonly at?: Moment | null;
}

export const show: NodeCommand<ShowParams, never, WholeItem> = {
  name: "show",
  read: (given) => ({ item: given.text("item"), at: readMoment(given, "at") }),
  run: async ({ node, signal }, { item, at = null }) => {
    const id = meantItem(node, item);
    if (at !== null) {
      const past = (await inSlices(foldItem(sourceOf(node), id, at), signal)).view(id);
      if (past === null) throw notThen(id);
      return { ...shownItem(past), claim: null, conflict: [], output: null };
    }
    const view = node.item(id);
    if (view === null) throw unknownItem(item);
    const { board } = node.work;
    return {
      ...shownItem(view),
      claim: board.standing(id) === null ? null : board.row(id),
      conflict: board.conflict(id),
      output: node.dir === null ? null : outputTail(node.dir, id),
    };
  },
};

export interface RemoveParams {
  readonly item: string;
  readonly actor: string;
}

export interface RemoveResult {
  readonly item: string;
  readonly deleted: true;
  readonly op: string | null;
}

export const remove = confirmingItem<RemoveParams, never, RemoveResult>({
  name: "remove",
  read: (given) => ({ item: given.text("item"), actor: given.text("actor") }),
  run: async ({ node }, { item, actor }) => {
    liveItem(node, item);
    const op = await writeOp(node, [["del", item]], actor);
    return { item, deleted: true, op };
  },
});
