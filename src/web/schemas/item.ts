/** The schemas of items. */
import { anything, flag, list, number, object, orNull, text, whole } from "./parts.ts";

const authorship = { author: text, actor: text, time: number };

export const fieldsSchema = { type: "object", additionalProperties: true } as const;

export const claimSchema = object({
  item: text,
  state: { enum: ["free", "tentative", "confirmed", "lost", "expired", "done"] },
  claim: orNull(text),
  epoch: whole,
  holder: orNull(text),
  actor: orNull(text),
  since: orNull(number),
  lastSignMs: orNull(number),
  leaseLeftMs: orNull(number),
});

const itemParts = {
  item: text,
  fields: fieldsSchema,
  created: object(authorship),
  updated: object(authorship),
  notes: whole,
  claim: orNull(claimSchema),
  waitsFor: list(text),
  hasConflict: flag,
};

export const itemSchema = object(itemParts);

const notes = list(object({ ...authorship, text, op: text }));

export const notePageSchema = object({ notes, next: orNull(text) });

export const wholeItemSchema = object({
  ...itemParts,
  notes,
  noteCount: whole,
  olderNotes: orNull(text),
  blame: list(
    object({ ...authorship, field: text, value: anything, op: text, node: orNull(text) }),
  ),
  conflict: list(object({ ...authorship, stage: text, op: text })),
  output: orNull(text),
  newer: whole,
});

export const itemPageSchema = object({
  items: list(itemSchema),
  next: orNull(text),
  asOf: text,
});
