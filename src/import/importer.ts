/** The door of this folder: from what was read to its format and its plan. */
import { unreachable } from "../base/assert.ts";
import type { Result } from "../base/brand.ts";
import { success } from "../base/brand.ts";
import type { Format, UnknownFormat } from "./detect.ts";
import { detectFormat } from "./detect.ts";
import { importFolder } from "./folder.ts";
import { importItems } from "./items.ts";
import type { CurrentState, ImportStep } from "./plan.ts";
import type { ImportSource } from "./reader.ts";
import { importTrace } from "./trace.ts";

export type PlannedFormat = Exclude<Format, "ops">;

export type Plan =
  | { readonly format: PlannedFormat; readonly steps: Iterable<ImportStep> }
  /** Towline's own export: the replica takes its lines as they are, there is nothing to plan. */
  | { readonly format: "ops"; readonly steps: null };

/** Recognises `source` and plans its import. `steps` is lazy and can be walked once. */
export function planImport(source: ImportSource, state: CurrentState): Result<Plan, UnknownFormat> {
  if (source.kind === "folder") {
    return success({ format: "folder", steps: importFolder(source.files, state) });
  }
  const format = detectFormat(source.bytes);
  if (!format.ok) return format;
  const file = { source: source.source, input: source.bytes };
  switch (format.value) {
    case "items":
      return success({ format: "items", steps: importItems(file, state) });
    case "trace":
      return success({ format: "trace", steps: importTrace(file, state) });
    case "ops":
      return success({ format: "ops", steps: null });
    default:
      return unreachable(format.value);
  }
}
