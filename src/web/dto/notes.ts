/** Notes of an item, page by page, the newest first. */
import type { ItemView, NoteView } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import type { NotePageDto } from "../../client/contract.ts";
import { authorshipDto } from "./item.ts";

/** `cursor` null begins with the newest. Throws `http/invalid` for one that no page gave. */
export function notePageDto(
  { notes }: Pick<ItemView, "notes">,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): NotePageDto {
  const end = cursor === null ? notes.length : placeOf(notes, cursor);
  const first = Math.max(0, end - limit);
  const page = notes.slice(first, end).reverse();
  return {
    notes: page.map((note) => ({ ...authorshipDto(note), text: note.text, op: note.op })),
    next: first === 0 ? null : cursorAt(notes, first),
  };
}

/** Names the note at `place`, before which the next page ends: others may come in among them. */
function cursorAt(notes: readonly NoteView[], place: number): string {
  const op = notes[place]?.op ?? "";
  return `${op}.${place - notes.findIndex((note) => note.op === op)}`;
}

function placeOf(notes: readonly NoteView[], cursor: string): number {
  const [op, offset = ""] = cursor.split(".");
  const start = notes.findIndex((note) => note.op === op);
  if (start >= 0 && /^\d{1,9}$/u.test(offset)) {
    return Math.min(start + Number(offset), notes.length);
  }
  throw new TowlineError("http/invalid", "The cursor is none of this list: begin without one.");
}
