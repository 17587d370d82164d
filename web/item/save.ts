/** Writes one field of an item, unless somebody else changed that field meanwhile. */
import { ApiError } from "../../src/client/errors.ts";
import type { BlameDto, JsonValue, WholeItemDto, WrittenDto } from "../../src/client/contract.ts";
import { blameOf } from "./fields.ts";

/** What of the client this needs. */
export interface Writer {
  item(item: string): Promise<{ readonly value: WholeItemDto; readonly etag: string | null }>;
  edit(
    item: string,
    edit: { readonly fields: Readonly<Record<string, JsonValue>> },
    guard: { readonly etag?: string },
  ): Promise<WrittenDto>;
}

export interface FieldEdit {
  readonly item: string;
  readonly field: string;
  readonly value: JsonValue;
  /** What the field held when the edit began. */
  readonly before: JsonValue;
  readonly etag: string | null;
}

export type Saved =
  | { readonly kind: "saved" }
  | {
      readonly kind: "changed";
      readonly theirs: JsonValue;
      readonly by: BlameDto | null;
      readonly etag: string | null;
    };

/** An item that is written faster than this node answers is looked at again, but not for ever. */
const triesMax = 4;

/**
 * The tag is that of the whole item, so that a note or a claim spoils it too: then the same write
 * goes out again with the new tag, unless it is this very field that holds something else now.
 */
export async function saveField(writer: Writer, edit: FieldEdit): Promise<Saved> {
  const { item, field } = edit;
  let { value, before, etag } = edit;
  for (let tries = 1; ; tries += 1) {
    try {
      await writer.edit(item, { fields: { [field]: value } }, etag === null ? {} : { etag });
      return { kind: "saved" };
    } catch (error) {
      if (!isStale(error) || tries === triesMax) throw error;
    }
    const now = await writer.item(item);
    etag = now.etag;
    const theirs = now.value.fields[field] ?? null;
    if (isSame(theirs, value)) return { kind: "saved" };
    if (isList(value) && isList(before) && isList(theirs)) {
      value = mergedList({ value, before, theirs });
      before = theirs;
    } else if (!isSame(theirs, before)) {
      return { kind: "changed", theirs, by: blameOf(now.value.blame, field)[0] ?? null, etag };
    }
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Of a set, what one adds and takes away does not stand against what others do. */
function mergedList(lists: {
  readonly value: readonly JsonValue[];
  readonly before: readonly JsonValue[];
  readonly theirs: readonly JsonValue[];
}): readonly JsonValue[] {
  const { value, before, theirs } = lists;
  const kept = theirs.filter((each) => value.includes(each) || !before.includes(each));
  return [...kept, ...value.filter((each) => !before.includes(each) && !theirs.includes(each))];
}

function isStale(error: unknown): boolean {
  return error instanceof ApiError && error.status === 412;
}

/** Sets have no order. */
export function isSame(one: JsonValue, other: JsonValue): boolean {
  return comparable(one) === comparable(other);
}

function comparable(value: JsonValue): string {
  return JSON.stringify(Array.isArray(value) ? [...(value as readonly JsonValue[])].sort() : value);
}
