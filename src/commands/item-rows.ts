/** Items as the commands print them: flat, the fields beside the id. */
import type { Authorship, ItemView, NodeId, OpId, TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { member } from "../base/json.ts";

export interface ItemRow {
  readonly item: string;
  readonly stage: Json;
  readonly title: Json;
  readonly created: Authorship;
  readonly updated: Authorship;
  /** Changes that only a newer version understands. */
  readonly newer: number;
  /** The other fields that are set. */
  readonly [field: string]: unknown;
}

export interface ShownItem extends ItemRow {
  readonly notes: readonly {
    readonly actor: string;
    readonly text: string;
    readonly time: number;
    readonly author: NodeId;
    readonly op: OpId;
  }[];
}

/**
 * No field is called as one of our own members: the names of fields are known, or begin with x_.
 */
export function itemRow({ item, fields, created, updated, newer }: ItemView): ItemRow {
  const { stage, title } = { stage: member(fields, "stage"), title: member(fields, "title") };
  return {
    item,
    stage: stage ?? null,
    title: title ?? null,
    ...fields,
    created,
    updated,
    newer,
  };
}

export function shownItem(view: ItemView): ShownItem {
  const notes = view.notes.map(({ actor, text, time, author, op }) => ({
    actor,
    text,
    time,
    author,
    op,
  }));
  return { ...itemRow(view), notes };
}

/** The live item with exactly this id. Throws `item/unknown`, or `item/deleted`. */
export function liveItem(node: TowlineNode, id: string): ItemView {
  const view = node.item(id);
  if (view !== null) return view;
  if (node.itemState(id) === "deleted") {
    const message = `The item ${id} was deleted. \`towline log ${id}\` tells by whom.`;
    throw new TowlineError("item/deleted", message);
  }
  throw unknownItem(id);
}

export function unknownItem(id: string): TowlineError {
  const message = `There is no item ${JSON.stringify(id)}. \`towline list\` shows those there are.`;
  return new TowlineError("item/unknown", message);
}

/** The id that is meant: itself, or the only one of a live item that begins so. */
export function meantItem(node: TowlineNode, text: string): string {
  if (text === "" || node.itemState(text) !== "absent") return text;
  const meant: string[] = [];
  for (const { item } of node.items()) {
    if (!item.startsWith(text)) continue;
    meant.push(item);
    if (meant.length > ambiguousShown) break;
  }
  const [only, ...others] = meant;
  if (only === undefined) throw unknownItem(text);
  if (others.length === 0) return only;
  const more = meant.length > ambiguousShown ? ", …" : "";
  throw new TowlineError(
    "item/unknown",
    `Several items begin with ${text}: ${meant.slice(0, ambiguousShown).join(", ")}${more}. ` +
      "Write more of the id.",
  );
}

const ambiguousShown = 5;
