/** A tracker's comments as notes: each is written once, however often the file is imported. */
import type { Json } from "../base/json.ts";
import { isObject, member } from "../base/json.ts";
import { isActor } from "./entry.ts";
import { nameOf } from "./lines.ts";
import type { CurrentState, Problem } from "./plan.ts";
import { problem } from "./plan.ts";
import { registerProblem } from "./values.ts";

interface Note {
  readonly actor: string;
  readonly text: string;
}

/** How often each note is there already. */
export function heldNotes(state: CurrentState, item: string): Map<string, number> {
  const held = new Map<string, number>();
  for (const { actor, text } of state.item(item)?.notes ?? []) {
    const key = JSON.stringify([actor, text]);
    held.set(key, (held.get(key) ?? 0) + 1);
  }
  return held;
}

/** The comments that are not there yet; one that cannot be a note does not cost the others. */
export function commentsOf(
  given: Json | undefined,
  held: Map<string, number>,
): { readonly notes: readonly Note[]; readonly problems: readonly Problem[] } {
  const notes: Note[] = [];
  const problems: Problem[] = [];
  if (given === undefined || given === null) return { notes, problems };
  if (!Array.isArray(given)) {
    problems.push(problem("entry/bad-field", `"comments" is ${nameOf(given)}, not an array`));
    return { notes, problems };
  }
  for (const comment of given as readonly Json[]) {
    const note = noteOf(comment);
    if ("code" in note) {
      problems.push(note);
      continue;
    }
    const key = JSON.stringify([note.actor, note.text]);
    const left = held.get(key) ?? 0;
    if (left > 0) held.set(key, left - 1);
    else notes.push(note);
  }
  return { notes, problems };
}

function noteOf(comment: Json): Note | Problem {
  const text = isObject(comment) ? member(comment, "text") : undefined;
  const author = isObject(comment) ? (member(comment, "author") ?? "") : "";
  if (typeof text !== "string" || typeof author !== "string" || !isActor(author)) {
    const message = "a comment needs a text, and an author of at most 128 bytes";
    return problem("entry/bad-field", message);
  }
  return registerProblem("a comment", text) ?? { actor: author, text };
}
