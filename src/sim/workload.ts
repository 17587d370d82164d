/** Turns drawn edits into changes, at the moment when a node is asked to write them. */
import type { JsonObject } from "../base/json.ts";
import type { Replica } from "../replica/replica.ts";
import type { StoredOp } from "../replica/store.ts";
import { noiseMark } from "./draw-writes.ts";
import { Prng } from "./prng.ts";
import type { Edit } from "./scenario.ts";
import { jsonOf } from "./stored-json.ts";

const itemOf = (edit: Edit): string => `item-${edit.item}`;

export function changesOf(edits: readonly Edit[], replica: Replica): unknown[] {
  return edits.map((edit) => changeOf(edit, replica));
}

function changeOf(edit: Edit, { document }: Replica): unknown[] {
  const { kind, field } = edit;
  const value = spelledOut(edit.value);
  const item = itemOf(edit);
  switch (kind) {
    case "new":
      return ["new", item, { [field]: value }];
    case "set":
      return ["set", item, field, value];
    case "add":
      return ["add", item, field, value];
    case "rem":
      return ["rem", item, field, value, document.adds(item, field, String(value))];
    case "inc":
      return ["inc", item, field, value];
    case "note":
      return ["note", item, String(value)];
    case "del":
      return ["del", item];
    case "odd":
      return edit.item % 2 === 0 ? ["later", item, value] : ["set", item, "labels", value];
  }
}

function spelledOut(value: Edit["value"]): Edit["value"] {
  if (typeof value !== "string" || !value.startsWith(noiseMark)) return value;
  const kibibytes = Number.parseInt(value.slice(noiseMark.length), 10);
  const bytes = new Prng(value).bytes(768 * kibibytes);
  return Buffer.from(bytes).toString("base64");
}

/** A part of a log as an export file has it, each run whole. */
export function exportPart(ops: readonly StoredOp[], part: number): JsonObject[] {
  const start = Math.floor(part * ops.length);
  const lines: JsonObject[] = [];
  for (const op of ops.slice(start)) {
    lines.push({ ...jsonOf(op) });
    if (lines.length >= 100 && op.sig !== null) break;
  }
  return lines;
}
