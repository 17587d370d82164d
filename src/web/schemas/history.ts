/** The schemas of looks back. */
import { fieldsSchema } from "./item.ts";
import { anything, list, number, object, orNull, text, whole } from "./parts.ts";

export const changeSchema = object({
  op: text,
  seq: whole,
  index: whole,
  author: text,
  actor: text,
  time: number,
  node: orNull(text),
  changes: list(list(anything)),
  text: list(text),
  items: list(text),
});

export const changePageSchema = object({ changes: list(changeSchema), next: orNull(text) });

export const momentsSchema = object({
  ops: whole,
  marks: list(object({ at: whole, time: number })),
});

export const pastBoardSchema = object({
  at: whole,
  time: orNull(number),
  items: list(object({ item: text, fields: fieldsSchema })),
});

export const comparisonSchema = object({
  from: whole,
  to: whole,
  items: list(
    object({
      item: text,
      change: { enum: ["created", "deleted", "changed"] },
      title: anything,
      fields: list(object({ field: text, before: anything, after: anything })),
    }),
  ),
});
