/** Which items are meant, and in which order they are shown. */
import type { ItemDto } from "./contract.ts";
import type { StageName } from "./item.ts";
import { holderOf, isSet, labelsOf, priorityOf, stageOf } from "./item.ts";

export interface ItemFilter {
  readonly stage?: StageName | undefined;
  readonly label?: string | undefined;
  readonly assignee?: string | undefined;
  /** The id of a node, or an actor. */
  readonly holder?: string | undefined;
  /** Blocked, frozen, or waiting for another item. */
  readonly isBlocked?: boolean | undefined;
  /** Words that are all found in the id, the title, the labels, the assignee or the description. */
  readonly search?: string | undefined;
  /** As they come next (smaller priorities first), or what changed last first. */
  readonly order?: "priority" | "updated" | undefined;
}

/** A test for the filter, made once for many items. */
export function matcher(filter: ItemFilter): (item: ItemDto) => boolean {
  const { stage, label, assignee, holder, isBlocked = false } = filter;
  const words = (filter.search ?? "").toLowerCase().split(/\s+/u).filter(Boolean);
  return (item) =>
    (stage === undefined || stageOf(item) === stage) &&
    (label === undefined || labelsOf(item).includes(label)) &&
    (assignee === undefined || item.fields["assignee"] === assignee) &&
    (holder === undefined || isHeldBy(item, holder)) &&
    (!isBlocked || isSet(item, "blocked") || isSet(item, "frozen") || item.waitsFor.length > 0) &&
    words.every((word) => searchText(item).includes(word));
}

function isHeldBy(item: ItemDto, holder: string): boolean {
  const held = holderOf(item);
  return held !== null && (held.node === holder || held.actor === holder);
}

/** Made when an item is first searched for, and again after each of its changes. */
const searchTexts = new WeakMap<ItemDto, string>();

function searchText(item: ItemDto): string {
  const known = searchTexts.get(item);
  if (known !== undefined) return known;
  const { title, assignee, description } = item.fields;
  const text = [item.item, title, assignee, description, ...labelsOf(item)]
    .filter((each) => typeof each === "string")
    .join("\n")
    .toLowerCase();
  searchTexts.set(item, text);
  return text;
}

export type Order = (left: ItemDto, right: ItemDto) => number;

/** A total order, so that each item has one place. */
export function orderOf({ order = "priority" }: ItemFilter): Order {
  return order === "updated" ? byUpdate : byPriority;
}

function byUpdate(left: ItemDto, right: ItemDto): number {
  return right.updated.time - left.updated.time || byId(left, right);
}

function byPriority(left: ItemDto, right: ItemDto): number {
  const [one, other] = [priorityOf(left), priorityOf(right)];
  return (one ?? Number.MAX_SAFE_INTEGER) - (other ?? Number.MAX_SAFE_INTEGER) || byId(left, right);
}

function byId(left: ItemDto, right: ItemDto): number {
  return left.item < right.item ? -1 : Number(left.item > right.item);
}
