/**
 * Drafts our own ops on top of the log. They are signed when they are handed to the disk: see
 * `durability.ts`.
 */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { bodyBytesMax } from "../base/limits.ts";
import type { Log } from "../log/log.ts";
import type { OpCodec } from "../op/codec.ts";
import type { NodeId, Op } from "../op/op.ts";

export interface WriteRefusal {
  readonly code: "write/too-large" | "write/invalid";
  readonly message: string;
}

/** One op for each list of changes, or why none is written. Changes nothing itself. */
export function draftOps(
  base: { readonly log: Log; readonly codec: OpCodec; readonly author: NodeId },
  input: {
    readonly actor: string;
    readonly ops: readonly (readonly unknown[])[];
    /** Unix milliseconds. */
    readonly time: number;
  },
): Result<readonly Op[], WriteRefusal> {
  const { log, codec, author } = base;
  const drafts: Op[] = [];
  let position = log.next(author);
  for (const changes of input.ops) {
    const body = bodyOf(changes);
    if (body === null) return invalid("the changes are no JSON");
    const { actor } = input;
    // A clock that was never set may show a year before 1970, which an op cannot say.
    const time = Math.max(0, input.time);
    if (!actor.isWellFormed()) return invalid("the actor holds half of a surrogate pair");
    const encoded = codec.encode({ author, ...position, time, actor, body });
    if (!encoded.ok) return refusal(encoded.error, body.length);
    const op = encoded.value;
    drafts.push(op);
    position = { seq: op.seq + 1, prev: op.id, lamport: op.lamport + 1, deps: [] };
  }
  return success(drafts);
}

/** The text of a caller's changes; null for what JSON cannot hold, as a circle or a bigint. */
function bodyOf(changes: readonly unknown[]): string | null {
  try {
    return JSON.stringify(changes);
  } catch {
    return null;
  }
}

function invalid(message: string): Result<never, WriteRefusal> {
  return failure({ code: "write/invalid", message });
}

function refusal(
  error: { readonly code: string; readonly message: string },
  length: number,
): Result<never, WriteRefusal> {
  if (error.code !== "op/body-size" && error.code !== "op/too-big") {
    return invalid(`The change cannot be written: ${error.message}.`);
  }
  const limit = String(bodyBytesMax);
  const message =
    `The change takes ${String(length)} characters, and one change may take ${limit} bytes. ` +
    "Split it, or keep the text in a file and write its name.";
  return failure({ code: "write/too-large", message });
}
