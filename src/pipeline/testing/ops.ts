/** Ops for tests of the document, which looks at no link and no signature. */
import { present } from "../../base/assert.ts";
import type { Json } from "../../base/json.ts";
import { readChange } from "../../op/change.ts";
import type { NodeId, Op, OpId } from "../../op/op.ts";
import { noOp } from "../../op/op.ts";
import { Document } from "../document.ts";

/** The op id of the test op with this number, 0 to 15. */
export function opId(number: number): OpId {
  return number.toString(16).repeat(64) as OpId;
}

/** An op in short: `number` makes its id and time, `author` (default 1) its author and actor. */
export interface Draft {
  readonly number: number;
  readonly lamport: number;
  readonly author?: number;
  readonly changes: readonly Json[];
}

export function opOf({ number, lamport, author = 1, changes }: Draft): Op {
  return {
    id: opId(number),
    author: opId(author) as string as NodeId,
    seq: 1,
    prev: noOp,
    lamport,
    time: 1_000 * number,
    deps: [],
    actor: `actor-${author}`,
    changes: changes.map((raw) => present(readChange(raw), `malformed: ${JSON.stringify(raw)}`)),
    bytes: new Uint8Array(),
  };
}

/** Ops 1, 2, 3, … with rising lamports, one for each list of changes. */
export function opsOf(...bodies: readonly (readonly Json[])[]): Op[] {
  return bodies.map((changes, at) => opOf({ number: at + 1, lamport: at + 1, changes }));
}

export function documentOf(ops: readonly Op[]): Document {
  const document = new Document();
  ops.forEach((op, index) => document.apply(op, index));
  return document;
}
