/** The schemas of what writes take and answer. */
import { bodyBytesMax } from "../../base/limits.ts";
import { itemSchema } from "./item.ts";
import { flag, object, orNull, param, params, query, text } from "./parts.ts";

/** Any JSON: what a field may hold, its type says, and the command checks. */
const fields = { type: "object", maxProperties: 256, additionalProperties: true } as const;
const longText = { type: "string", maxLength: bodyBytesMax } as const;

export const newItemSchema = object({ item: param, title: longText, fields }, ["item", "fields"]);
export const editSchema = object({ fields: { ...fields, minProperties: 1 } });
export const moveSchema = object({ stage: param, force: flag, reason: longText }, [
  "force",
  "reason",
]);
export const newNoteSchema = object({ text: { ...longText, minLength: 1 } });
const epoch = { type: "integer", minimum: 1 };
const reason = { ...longText, pattern: "\\S" };

/** What each of the actions on the work on an item takes. */
export const workSchemas = {
  claim: query({ reason: longText, confirm: param, force: flag }),
  steal: object({ reason, confirm: param }, ["confirm"]),
  release: query({ reason: longText, epoch, force: flag }),
  done: query({ reason: longText, to: param, epoch, force: flag }),
  fail: object({ reason, epoch }, ["epoch"]),
  retry: query({}),
};

export const takeSchema = query({
  reason: longText,
  confirm: param,
  stages: params,
  labels: params,
});

export const undoSchema = object({ op: param, force: flag }, ["force"]);

export const writtenSchema = object({ item: text, op: orNull(text), now: orNull(itemSchema) });
