/**
 * What an importer needs to know and what it yields. Importers are pure: text and the current state
 * in, a lazy sequence of steps out. Nothing is written here; the caller makes ops of the steps.
 *
 * How a caller consumes a plan: pull steps, write the `write` steps in their order, one op each.
 * They may be gathered into chunks of any size, but at a `barrier` all earlier ones must have been
 * applied, and `CurrentState` must show them, before the next step is pulled. Whoever applies each
 * step at once may ignore barriers. An importer asks for one where it must name the ids of ops
 * that it has only just planned (a remove from a set names the adds that it takes back).
 */
import type { Json } from "../base/json.ts";

/** The part of the document that importers read. `Document` of src/pipeline fits as it is. */
export interface CurrentState {
  /** The live item, else null. */
  item(id: string): {
    readonly fields: Readonly<Record<string, unknown>>;
    readonly notes: readonly { readonly actor: string; readonly text: string }[];
  } | null;
  state(id: string): "live" | "deleted" | "absent";
  /** Ids of the ops whose adds keep `value` in the set. */
  adds(item: string, field: string, value: string): readonly string[];
}

/** A change as it stands in the body of an op. [WIRE 3] */
export type RawChange = readonly Json[];

/** Where a step comes from: the name of the file, and its line from 1, or null for a whole file. */
export interface Origin {
  readonly source: string;
  readonly line: number | null;
}

export interface WriteStep extends Origin {
  readonly kind: "write";
  readonly item: string;
  /** Who acted; null when the source does not say, so that the caller puts its own name. */
  readonly actor: string | null;
  /** The body of exactly one op, within the limits of one. */
  readonly changes: readonly RawChange[];
  readonly outcome: "created" | "changed";
  /** What the user should know about it, in words without names so that they can be counted. */
  readonly why: string | null;
  /** 0 for the first op of an entry; an entry that is too large for one op goes on with 1, 2, … */
  readonly part: number;
}

export interface SkipStep extends Origin {
  readonly kind: "skip";
  readonly item: string;
  readonly outcome: "skipped";
  readonly why: string;
}

export interface ProblemStep extends Origin {
  readonly kind: "problem";
  readonly problem: Problem;
}

export type ImportStep = WriteStep | SkipStep | ProblemStep | { readonly kind: "barrier" };

/** Why an entry (a line, or a Markdown file) was not imported. Stable, like `ErrorCode`. */
export type ProblemCode =
  | "entry/too-long"
  | "entry/not-utf8"
  | "entry/not-json"
  | "entry/too-deep"
  | "entry/bad-front-matter"
  | "entry/bad-field"
  | "entry/bad-item-id"
  | "entry/duplicate-item"
  | "entry/too-large"
  | "entry/unreadable";

export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
}

export function problem(code: ProblemCode, message: string): Problem {
  return { code, message };
}
