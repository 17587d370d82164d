/** What changes items: add, set, move, note, label, rm. */
import { TowlineError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { isStage, stages } from "../../op/change.ts";
import { fieldType } from "../../pipeline/schema.ts";
import { add as addCommand } from "../../commands/add.ts";
import type { Edit } from "../../commands/edit.ts";
import { edit as editCommand } from "../../commands/edit.ts";
import { remove as removeCommand } from "../../commands/items.ts";
import type { Invocation } from "../invocation.ts";
import { isYes } from "../ui/ask.ts";
import { escapeLine } from "../ui/escape.ts";
import { printResult, valueText } from "./print.ts";
import { parseEdit, parseValue, textOrStdin } from "./values.ts";
import { reportWait, runWriting } from "./writing.ts";

export interface AddOptions {
  readonly id?: string;
  readonly stage: string;
  readonly description?: string;
  readonly label?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly priority?: string;
  readonly kind?: string;
  readonly assignee?: string;
  readonly field?: readonly string[];
}

export async function add(
  invocation: Invocation,
  title: string,
  options: AddOptions,
): Promise<void> {
  refuseWrongStage(options.stage);
  const fields: { field: string; value: Json }[] = [
    { field: "title", value: title },
    { field: "stage", value: options.stage },
  ];
  const put = (field: string, value: Json | undefined): void => {
    if (value !== undefined) fields.push({ field, value });
  };
  put("description", options.description && textOrStdin(options.description));
  put("priority", options.priority === undefined ? undefined : parseValue(options.priority));
  put("kind", options.kind);
  put("assignee", options.assignee);
  for (const label of options.label ?? []) put("labels", label);
  for (const item of options.dependsOn ?? []) put("depends_on", item);
  for (const text of options.field ?? []) {
    const { kind, field, value } = parseEdit(text);
    if (kind !== "assign") {
      throw new TowlineError(
        "usage/invalid",
        "A new item has no fields to add to: use field=value.",
      );
    }
    const isSet = fieldType(field) === "set";
    for (const each of isSet && Array.isArray(value) ? (value as readonly Json[]) : [value]) {
      put(field, each);
    }
  }
  const { terminal, actor } = invocation;
  const added = await runWriting(invocation, addCommand, {
    item: options.id ?? null,
    fields,
    actor,
  });
  const line = terminal.isQuiet
    ? added.item
    : `added ${terminal.colors.bold(escapeLine(added.item))}  ${escapeLine(valueText(added.title))}`;
  printResult(terminal, added, [line]);
  reportWait(invocation, added.wait);
}

export async function set(
  invocation: Invocation,
  item: string,
  changes: readonly string[],
): Promise<void> {
  await editItem(invocation, item, { edits: changes.map(parseEdit), done: "changed" });
}

export interface MoveOptions {
  readonly force?: boolean;
  readonly reason?: string;
}

export async function move(
  invocation: Invocation,
  item: string,
  stage: string,
  options: MoveOptions,
): Promise<void> {
  refuseWrongStage(stage);
  const edits: readonly Edit[] = [{ kind: "assign", field: "stage", value: stage }];
  const force = options.force === true ? (options.reason ?? "") : null;
  await editItem(invocation, item, { edits, done: `moved to ${stage}:`, force });
}

export async function note(invocation: Invocation, item: string, text: string): Promise<void> {
  const edits: readonly Edit[] = [{ kind: "note", field: "", value: textOrStdin(text) }];
  await editItem(invocation, item, { edits, done: "noted on" });
}

/** `+bug` and `bug` add, `-bug` takes away. */
export async function label(
  invocation: Invocation,
  item: string,
  labels: readonly string[],
): Promise<void> {
  const edits = labels.map((text): Edit => {
    const isRemoval = text.startsWith("-");
    const value = isRemoval || text.startsWith("+") ? text.slice(1) : text;
    if (value !== "") return { kind: isRemoval ? "minus" : "plus", field: "labels", value };
    throw new TowlineError(
      "usage/invalid",
      "A label is missing: write +bug to add, -bug to remove.",
    );
  });
  await editItem(invocation, item, { edits, done: "labelled" });
}

async function editItem(
  invocation: Invocation,
  item: string,
  how: { readonly edits: readonly Edit[]; readonly done: string; readonly force?: string | null },
): Promise<void> {
  const { edits, done, force = null } = how;
  const { terminal, actor } = invocation;
  const result = await runWriting(invocation, editCommand, { item, edits, actor, force });
  const what = result.op === null ? "nothing to change on" : done;
  if (terminal.isJson) printResult(terminal, result, []);
  else {
    const { bold } = terminal.colors;
    terminal.say(`${what} ${bold(escapeLine(item))}  ${escapeLine(valueText(result.title))}`);
  }
  reportWait(invocation, result.wait);
}

function refuseWrongStage(stage: string): void {
  if (isStage(stage)) return;
  const message = `${JSON.stringify(stage)} is no stage: use one of ${stages.join(", ")}.`;
  throw new TowlineError("write/invalid", message);
}

export async function rm(
  invocation: Invocation,
  item: string,
  { yes = false }: { readonly yes?: boolean },
): Promise<void> {
  const { terminal, actor } = invocation;
  if (!yes && terminal.isInteractive && !(await isSure(item))) {
    terminal.say("nothing was deleted");
    return;
  }
  const result = await runWriting(invocation, removeCommand, { item, actor });
  if (terminal.isJson) printResult(terminal, result, []);
  else terminal.say(`deleted ${terminal.colors.bold(escapeLine(item))}`);
  reportWait(invocation, result.wait);
}

async function isSure(item: string): Promise<boolean> {
  const what = `Delete ${escapeLine(item)} for good, on every node?`;
  return await isYes(`${what} Its id is never used again.`);
}
