/** Recognises what a file is by what is in it, never by its name. */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { isObject, member } from "../base/json.ts";
import { jsonLines, quoted } from "./lines.ts";
import { detectEntriesMax } from "./limits.ts";

/** `ops` is Towline's own export, which the replica takes back as it is, signatures and all. */
export type Format = "items" | "trace" | "ops" | "folder";

/** To be thrown as a TowlineError with this code. */
export interface UnknownFormat {
  readonly code: "import/unknown-format";
  readonly message: string;
}

const understood =
  "towline import understands tracker items (.jsonl with id, title, status), an edit trace " +
  "(.jsonl with op, item, set), the output of towline export, and a folder with 1_backlog to " +
  "6_archived of Markdown files";

/** The format of a file; that of the first line that tells it, for any line may be bad. */
export function detectFormat(
  input: string | Uint8Array,
): Result<Exclude<Format, "folder">, UnknownFormat> {
  if (input instanceof Uint8Array && isUtf16(input))
    return unknown("the file is UTF-16, not UTF-8");
  let seen: string | null = null;
  let count = 0;
  for (const { line, entry } of jsonLines(input)) {
    const format = entry.ok ? formatOf(entry.value) : null;
    if (format !== null) return success(format);
    seen ??= entry.ok
      ? `line ${line} has the members ${namesIn(entry.value)}`
      : `line ${line} cannot be read: ${entry.error.message}`;
    count += 1;
    if (count === detectEntriesMax) break;
  }
  return unknown(seen ?? "the file is empty");
}

/** For the caller that finds neither a file nor a folder in the layout. */
export function unknownFormat(seen: string): UnknownFormat {
  return {
    code: "import/unknown-format",
    message: `Nothing was imported: ${seen}. Here, ${understood}.`,
  };
}

function unknown(seen: string): Result<never, UnknownFormat> {
  return failure(unknownFormat(seen));
}

function formatOf(entry: JsonObject): Exclude<Format, "folder"> | null {
  const has = (name: string, type: "string" | "number"): boolean =>
    typeof member(entry, name) === type;
  if (has("author", "string") && has("seq", "number") && has("prev", "string")) {
    if (has("body", "string")) return "ops";
  }
  const set: Json | undefined = member(entry, "set");
  const isEdit = isObject(set) || (set === undefined && member(entry, "op") === "delete");
  if (has("op", "string") && has("item", "string") && isEdit) return "trace";
  if (has("id", "string") && has("title", "string") && has("status", "string")) return "items";
  return null;
}

const namesShown = 8;

function namesIn(entry: JsonObject): string {
  const names = Object.keys(entry);
  if (names.length === 0) return "none";
  const shown = names.slice(0, namesShown).map(quoted).join(", ");
  return names.length > namesShown ? `${shown}, …` : shown;
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 255 && second === 254) || (first === 254 && second === 255);
}
