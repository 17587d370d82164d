/**
 * Changes a live item: assigns fields, adds to and takes from sets and counters, appends a note.
 */
import type { ChangeTuple, ItemView, TowlineNode } from "../api/types.ts";
import { unreachable } from "../base/assert.ts";
import { TowlineError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { member } from "../base/json.ts";
import { removals } from "../import/pack.ts";
import { isStage } from "../op/change.ts";
import { fieldType } from "../pipeline/schema.ts";
import { Given } from "./command.ts";
import type { ShownItem } from "./item-rows.ts";
import { liveItem, shownItem } from "./item-rows.ts";
import { confirmingItem } from "./wait.ts";
import { writeOp } from "./write.ts";

export type EditKind = "assign" | "plus" | "minus" | "note";

export interface Edit {
  readonly kind: EditKind;
  /** Empty for a note. */
  readonly field: string;
  readonly value: Json;
}

export interface EditParams {
  readonly item: string;
  readonly edits: readonly Edit[];
  readonly actor: string;
  /** Why a rule of the stages may be overridden; null when it may not. */
  readonly force: string | null;
}

export interface EditResult extends ShownItem {
  /** The op that was written; null when everything was so already. */
  readonly op: string | null;
}

export const edit = confirmingItem<EditParams, never, EditResult>({
  name: "edit",
  read: (given) => ({
    item: given.text("item"),
    actor: given.text("actor"),
    force: given.optionalText("force"),
    edits: given.objects("edits").map((object) => readEdit(new Given(object))),
  }),
  run: async ({ node }, { item, edits, actor, force }) => {
    const view = liveItem(node, item);
    const changes = edits.flatMap((one) => changesOf(node, view, one, force));
    const op = await writeOp(node, changes, actor);
    return { ...shownItem(liveItem(node, item)), op };
  },
});

function readEdit(given: Given): Edit {
  const kind = given.text("kind");
  if (kind !== "assign" && kind !== "plus" && kind !== "minus" && kind !== "note") {
    throw new TowlineError("usage/invalid", `There is no edit ${JSON.stringify(kind)}.`);
  }
  return { kind, field: given.text("field"), value: given.json("value") };
}

/** What writes the edit, seen from what the item holds now. */
export function changesOf(
  node: TowlineNode,
  view: ItemView,
  one: Edit,
  force: string | null = null,
): readonly ChangeTuple[] {
  const { item } = view;
  if (one.kind === "note") return [["note", item, one.value]];
  if (one.kind === "assign" && one.field === "stage" && isStage(one.value)) {
    return node.work.endings.moveChanges(item, one.value, force);
  }
  const type = fieldType(one.field);
  switch (type) {
    case "set":
      return setChanges(node, view, one);
    case "counter":
      return counterChanges(view, one);
    case "register":
    case "unknown":
      if (one.kind === "assign") return [["set", item, one.field, one.value]];
      // The check of the change says what an unknown field is, so it needs no words here.
      if (type === "unknown") return [["add", item, one.field, ""]];
      throw new TowlineError(
        "write/invalid",
        `The field ${one.field} holds one value: write ${one.field}=VALUE.`,
      );
    default:
      return unreachable(type);
  }
}

function setChanges(node: TowlineNode, view: ItemView, one: Edit): readonly ChangeTuple[] {
  const { item } = view;
  const { field } = one;
  const values = textsOf(one);
  const held = member(view.fields, field);
  const current = Array.isArray(held) ? (held as readonly string[]) : [];
  const add = (value: string): ChangeTuple => {
    // As `dep add` does: what waits for itself would wait for good.
    if (field === "depends_on") node.work.endings.refuseCircle(item, value);
    return ["add", item, field, value];
  };
  const remove = (value: string): readonly ChangeTuple[] =>
    removals({ item, field, value }, node.adds(item, field, value)) as readonly ChangeTuple[];
  if (one.kind === "plus") return values.map(add);
  if (one.kind === "minus") return values.flatMap(remove);
  return [
    ...current.filter((value) => !values.includes(value)).flatMap(remove),
    ...values.filter((value) => !current.includes(value)).map(add),
  ];
}

/** A text is one value, a list several, null none. */
function textsOf({ field, value }: Edit): readonly string[] {
  if (value === null) return [];
  const list: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return list.map((each) => {
    if (typeof each === "string") return each;
    if (typeof each === "number") return String(each);
    const message = `The field ${field} is a set of texts: write ${field}+=TEXT, or ${field}='["…"]'.`;
    throw new TowlineError("write/invalid", message);
  });
}

/** Greatest step of one change. [WIRE 3] */
const stepMax = 1_000_000;
/** Steps in one edit; nobody counts further by hand. */
const stepsMax = 100;

function counterChanges(view: ItemView, one: Edit): readonly ChangeTuple[] {
  const { field, kind, value } = one;
  const held = member(view.fields, field);
  const current = typeof held === "number" ? held : 0;
  const wanted = value === null ? 0 : value;
  const isRight = typeof wanted === "number" && Number.isInteger(wanted);
  const by = !isRight
    ? 0
    : kind === "plus"
      ? wanted
      : kind === "minus"
        ? -wanted
        : wanted - current;
  if (!isRight || Math.abs(by) > stepMax * stepsMax) {
    const message = `The field ${field} is a counter: write ${field}+=1, or ${field}=NUMBER.`;
    throw new TowlineError("write/invalid", message);
  }
  const changes: ChangeTuple[] = [];
  for (let left = by; left !== 0; left -= Math.sign(left) * Math.min(Math.abs(left), stepMax)) {
    changes.push(["inc", view.item, field, Math.sign(left) * Math.min(Math.abs(left), stepMax)]);
  }
  return changes;
}
