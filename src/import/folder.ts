/**
 * Imports a folder of Markdown work items, `1_backlog/*.md` to `6_archived/*.md`. The id of an item
 * is the name of its file without `.md`, its stage the folder that it is in.
 *
 * | front matter | item |
 * |---|---|
 * | name | title (the file's name when there is none) |
 * | agent | assignee |
 * | depends_on | depends_on: one or a list; see `dependenciesIn` |
 * | blocked | blocked; false is an empty one |
 * | retry_count | retries, a counter, which moves by the difference |
 * | labels, and any register of Towline's by its own name | the same |
 * | anything else | x_ and its name |
 * | (the text below) | description |
 */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import type { Json } from "../base/json.ts";
import type { Stage } from "../op/change.ts";
import { isItemId } from "../op/change.ts";
import { fieldTypes } from "../pipeline/schema.ts";
import { differences, fieldOf, fieldsOf } from "./difference.ts";
import { badItemId, deletedHere, duplicate, problemStep, skipStep, unchanged } from "./entry.ts";
import type { FolderFile } from "./folder-file.ts";
import { stageOfFolder } from "./folder-file.ts";
import type { MarkdownParts } from "./front-matter.ts";
import { readMarkdown } from "./front-matter.ts";
import { nameOf, quoted } from "./lines.ts";
import { packWriting } from "./pack.ts";
import type { CurrentState, ImportStep, Origin, Problem, RawChange } from "./plan.ts";
import { problem } from "./plan.ts";
import type { SetName, SetTarget, Target } from "./tracker-mapping.ts";
import { customRegister, targetProblem } from "./tracker-mapping.ts";

export function* importFolder(
  files: readonly FolderFile[],
  state: CurrentState,
): Generator<ImportStep> {
  const stems = stemsOf(files);
  const firstPaths = new Map<string, string>();
  for (const { path, text } of files) {
    const origin: Origin = { source: path, line: null };
    const read = text.ok ? readMarkdown(text.value) : text;
    if (!read.ok) yield problemStep(origin, read.error);
    else yield* fileSteps(read.value, { origin, state, stems, firstPaths });
  }
}

interface Context {
  readonly origin: Origin;
  readonly state: CurrentState;
  readonly stems: Stems;
  readonly firstPaths: Map<string, string>;
}

function fileSteps(parts: MarkdownParts, context: Context): readonly ImportStep[] {
  const { origin, state, stems, firstPaths } = context;
  const refuse = (found: Problem): ImportStep[] => [problemStep(origin, found)];
  const { item, stage } = placeOf(origin.source);
  if (!isItemId(item)) return refuse(badItemId("the name of the file", item));
  if (stage === null) return refuse(problem("entry/unreadable", "it is in no stage folder"));
  const first = firstPaths.get(item);
  if (first !== undefined) return refuse(duplicate(item, first));
  const read = targetIn(parts, { item, stage, stems });
  if (!read.ok) return refuse(read.error);
  const { target, retries } = read.value;
  const unfit = targetProblem(target);
  if (unfit !== null) return refuse(unfit);
  firstPaths.set(item, origin.source);

  const known = state.state(item);
  if (known === "deleted") return [skipStep(origin, item, deletedHere)];
  const isNew = known === "absent";
  const { registers, changes } = differences(item, target, state);
  const all = [...changes, ...retrySteps({ item, retries, state })];
  const packed = packWriting({ item, isNew, registers, changes: all });
  if (!packed.ok) return refuse(packed.error);
  const outcome = isNew ? "created" : "changed";
  const why = target.remarks[0] ?? null;
  const steps = packed.value.map((body, part): ImportStep => {
    return { kind: "write", ...origin, item, actor: null, changes: body, outcome, why, part };
  });
  return steps.length > 0 ? steps : [skipStep(origin, item, unchanged)];
}

function placeOf(path: string): { readonly item: string; readonly stage: Stage | null } {
  const at = path.indexOf("/");
  return { item: stemOf(path), stage: stageOfFolder(path.slice(0, Math.max(at, 0))) };
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.md$/iu, "");
}

/** A counter has no value to write, only steps, and one step goes up to a million. */
function retrySteps(given: {
  readonly item: string;
  readonly retries: number | null;
  readonly state: CurrentState;
}): readonly RawChange[] {
  const { item, retries, state } = given;
  if (retries === null) return [];
  const held = fieldOf(fieldsOf(state, item), "retries");
  const step = retries - (typeof held === "number" ? held : 0);
  const isStep = step !== 0 && Math.abs(step) <= retriesMax;
  return isStep ? [["inc", item, "retries", step]] : [];
}

const retriesMax = 1_000_000;

interface FileTarget {
  readonly target: Target;
  readonly retries: number | null;
}

function targetIn(
  { matter, body }: MarkdownParts,
  { item, stage, stems }: { readonly item: string; readonly stage: Stage; readonly stems: Stems },
): Result<FileTarget, Problem> {
  const registers = new Map<string, Json>([
    ["title", item],
    ["stage", stage],
    ["description", body === "" ? null : body],
  ]);
  const sets = new Map<SetName, SetTarget>();
  const remarks: string[] = [];
  let retries: number | null = null;
  for (const [name, value] of matter) {
    const wrong = typeProblem(name, value);
    if (wrong !== null) return failure(wrong);
    if (name === "retry_count") retries = typeof value === "number" ? value : null;
    else if (name === "depends_on") sets.set(name, whole(dependenciesIn(value, stems)));
    else if (name === "labels") sets.set(name, whole(textsIn(value)));
    else {
      const register = registerFor(name);
      if (register === null) remarks.push("a field whose name cannot be used was left out");
      else registers.set(register, registerValue(name, value) ?? registers.get(register) ?? null);
    }
  }
  return success({ target: { registers, sets, remarks }, retries });
}

function whole(values: readonly string[]): SetTarget {
  return { values, without: [], isWhole: true };
}

/** What the folder and the text decide is not taken from the front matter under the same name. */
const decided: ReadonlySet<string> = new Set(["title", "stage", "description"]);

function registerFor(name: string): string | null {
  if (name === "name") return "title";
  if (name === "agent") return "assignee";
  const isOurs = fieldTypes.get(name) === "register" && !decided.has(name);
  return isOurs ? name : customRegister(name);
}

function registerValue(name: string, value: Json): Json {
  if (name === "name") return isWord(value) && value !== "" ? String(value) : null;
  return name === "blocked" && value === false ? null : value;
}

/** What the fields that we read ourselves have to be; any other holds what it likes. */
const expectations: ReadonlyMap<string, string> = new Map([
  ["name", "text"],
  ["agent", "text"],
  ["blocked", "true, false or text"],
  ["retry_count", `a whole number from 0 to ${retriesMax}`],
  ["labels", "a list of texts"],
  ["depends_on", "a list of names or numbers"],
]);

function typeProblem(name: string, value: Json): Problem | null {
  if (value === null || isOfType(name, value)) return null;
  const shown = typeof value === "number" ? value : nameOf(value);
  const expected = expectations.get(name) ?? "something else";
  return problem("entry/bad-field", `${quoted(name)} is ${shown}: it should be ${expected}`);
}

function isOfType(name: string, value: Json): boolean {
  switch (name) {
    case "name":
      return isWord(value);
    case "agent":
      return typeof value === "string";
    case "blocked":
      return typeof value === "boolean" || typeof value === "string";
    case "retry_count":
      return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= retriesMax;
    case "labels":
    case "depends_on":
      return listOf(value).every(isWord);
    default:
      return true;
  }
}

function isWord(value: Json): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

function textsIn(value: Json): readonly string[] {
  return [...new Set(listOf(value).filter(isWord).map(String))];
}

/** The files by name, and by the number that their names begin with; null where two share it. */
interface Stems {
  readonly all: ReadonlySet<string>;
  readonly byNumber: ReadonlyMap<string, string | null>;
}

function stemsOf(files: readonly FolderFile[]): Stems {
  const all = new Set(files.map(({ path }) => stemOf(path)));
  const byNumber = new Map<string, string | null>();
  for (const stem of all) {
    const number = /^0*(\d+)[_-]/u.exec(stem)?.[1];
    if (number !== undefined) byNumber.set(number, byNumber.has(number) ? null : stem);
  }
  return { all, byNumber };
}

/** An item is named by the name of its file, or by the number that this name begins with. */
function dependenciesIn(value: Json, { all, byNumber }: Stems): readonly string[] {
  const found = textsIn(value).map((text) => {
    const stem = text.replace(/\.md$/iu, "");
    if (all.has(stem)) return stem;
    return byNumber.get(stem.replace(/^0+(?=\d)/u, "")) ?? stem;
  });
  return [...new Set(found)];
}
