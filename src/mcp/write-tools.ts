/** The tools that write items: add, note, set, move. */
import { z } from "zod";
import type { Json } from "../base/json.ts";
import { mcpWordsMax } from "../base/edge-limits.ts";
import { add } from "../commands/add.ts";
import type { Edit, EditResult } from "../commands/edit.ts";
import { edit } from "../commands/edit.ts";
import { fieldType } from "../pipeline/schema.ts";
import { fieldValues, itemId, longText, reason, stage, word, words } from "./inputs.ts";
import { withHolders } from "./read-tools.ts";
import { itemLine, lineOf, lineText } from "./shapes.ts";
import type { AnyTool, ToolAnswer, ToolContext } from "./tool.ts";
import { adding, defineTool, replacing } from "./tool.ts";

const written = z.object({
  op: z.string().nullable().describe("The op that was written; null when all was so already"),
  now: itemLine,
});

const addTool = defineTool({
  ...adding,
  name: "towline_add",
  title: "Add an item",
  description:
    "Creates a work item and returns its id. Look with towline_search whether it exists already.",
  input: z.strictObject({
    title: word.describe("What is to be done, in one line"),
    description: longText.optional().describe("More about it, in Markdown"),
    stage: stage.default("backlog"),
    priority: z.number().int().min(-1_000_000).max(1_000_000).optional().describe("Smaller first"),
    kind: word.optional().describe("What it is: bug, task, …"),
    assignee: word.optional(),
    labels: words.default([]),
    depends_on: z.array(itemId).max(mcpWordsMax).default([]).describe("Items that come first"),
    item: itemId.optional().describe("The id to give it. Default: made of the title"),
  }),
  output: written,
  run: async ({ call, actor }, { item = null, labels, depends_on: needs, ...registers }) => {
    const fields: { field: string; value: Json }[] = [];
    for (const [field, value] of Object.entries(registers)) {
      if (value !== undefined) fields.push({ field, value });
    }
    for (const value of labels) fields.push({ field: "labels", value });
    for (const value of needs) fields.push({ field: "depends_on", value });
    const result = await call(add, { item, fields, actor });
    const now = lineOf(result, null);
    return { result: { op: result.op, now }, text: `Added ${now.item}.\n${lineText(now)}` };
  },
});

async function editItem(
  { call, actor, claims }: ToolContext,
  item: string,
  edits: readonly Edit[],
  force: string | null = null,
): Promise<ToolAnswer<z.infer<typeof written>>> {
  const write = async (): Promise<EditResult> => await call(edit, { item, edits, actor, force });
  const isMove = edits.some(({ field }) => field === "stage");
  const result = isMove ? await claims.whileMoving(item, write) : await write();
  const [now = lineOf(result, null)] = await withHolders(call, [result]);
  const text = result.op === null ? "Nothing to change." : "Written.";
  return { result: { op: result.op, now }, text: `${text}\n${lineText(now)}` };
}

const noteTool = defineTool({
  ...adding,
  name: "towline_note",
  title: "Add a note",
  description:
    "Appends a note to an item: what you found, decided or did. Notes are kept for good, and " +
    "whoever works on the item later reads them.",
  input: z.strictObject({ item: itemId, text: longText.describe("The note, in Markdown") }),
  output: written,
  run: async (context, { item, text }) =>
    await editItem(context, item, [{ kind: "note", field: "", value: text }]),
});

const setTool = defineTool({
  ...replacing,
  name: "towline_set",
  title: "Change fields of an item",
  description:
    "Assigns fields of an item. null clears one. labels and depends_on take the whole list that " +
    "is wanted. Fields: title, description, priority, kind, assignee, blocked, frozen, branch, " +
    "external_ref, estimate, reason, labels, depends_on, retries, and names of your own that " +
    "begin with x_. To change the stage, use towline_move.",
  input: z.strictObject({
    item: itemId,
    fields: fieldValues.describe('For example {"priority": 1, "labels": ["auth"]}'),
  }),
  output: written,
  run: async (context, { item, fields }) => {
    const edits = Object.entries(fields).map(([field, value]): Edit => {
      const isSet = fieldType(field) === "set";
      return { kind: "assign", field, value: isSet && value === null ? [] : value };
    });
    return await editItem(context, item, edits);
  },
});

const moveTool = defineTool({
  ...replacing,
  name: "towline_move",
  title: "Move an item to a stage",
  description:
    "Moves an item to a stage by hand, and settles a conflict about its stage. To end the work " +
    "that this session claimed, use towline_done instead. Fails with stage/refused when the " +
    "rules of the stages do not allow it.",
  input: z.strictObject({
    item: itemId,
    stage,
    force: z.boolean().default(false).describe("Against the rules of the stages; recorded"),
    reason: reason.optional(),
  }),
  output: written,
  run: async (context, { item, stage: to, force, reason: why = "" }) => {
    const move: Edit = { kind: "assign", field: "stage", value: to };
    return await editItem(context, item, [move], force ? why : null);
  },
});

export const writeTools: readonly AnyTool[] = [addTool, noteTool, setTool, moveTool];
