/** Ops with claim changes for tests, and what the claims make of them. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { permutations } from "../../crdt/testing/permutations.ts";
import type { Json } from "../../base/json.ts";
import type { Op } from "../../op/op.ts";
import { Document } from "../../pipeline/document.ts";
import { opId, opOf } from "../../pipeline/testing/ops.ts";
import type { Draft } from "../../pipeline/testing/ops.ts";
import { Claims } from "../claims.ts";
import { conflictOf, itemWithClaims } from "../over.ts";
import { referenceClaim } from "../reference.ts";

export const testHash = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

/** The document and the claims of a node that got these ops in this order. */
export function stateOf(ops: readonly Op[]): {
  readonly document: Document;
  readonly claims: Claims;
} {
  const document = new Document();
  const claims = new Claims(testHash);
  ops.forEach((op, index) => {
    document.apply(op, index);
    claims.apply(op);
  });
  return { document, claims };
}

/** What every order of the ops agrees on, once the reference has agreed as well. */
export function agreed(drafts: readonly Draft[]): ReturnType<typeof stateOf> {
  const ops = drafts.map(opOf);
  const orders = ops.length <= 6 ? [...permutations(ops)] : [ops, ops.toReversed()];
  const first = summary(ops);
  for (const order of orders) assert.deepEqual(summary(order), first);
  return stateOf(ops);
}

export function summary(ops: readonly Op[]): unknown {
  const { document, claims } = stateOf(ops);
  const standing = claims.standing("a");
  const effects = claims.effects("a").map(({ change, stamp }) => [change.kind, stamp.id]);
  const found = standing && {
    claim: standing.claim,
    epoch: standing.epoch,
    holder: standing.holder,
    confirmed: standing.confirmed !== null,
    end: standing.end?.op ?? null,
    effects,
    forgiven: claims.forgiven("a"),
  };
  assert.deepEqual(found, referenceClaim(ops, "a", testHash));
  const view = itemWithClaims(document, claims, "a");
  const conflict = view === null ? [] : conflictOf(document, claims, view);
  return [standing, effects, view?.fields, conflict, claims.seen("a")];
}

export const created: Draft = {
  number: 0,
  lamport: 1,
  changes: [["new", "a", { stage: "coding" }]],
};

/** An op in short: number, author, one change. */
export function op(number: number, author: number, ...changes: readonly Json[]): Draft {
  return { number, lamport: number + 1, author, changes };
}

export const claim = (
  epoch: number,
  after: number | null | readonly number[],
  terms = {},
): Json => [
  ...["claim", "a", epoch],
  (typeof after === "number" ? [after] : (after ?? [])).map(opId),
  terms,
];
export const ofClaim = (kind: string, epoch: number, of: number, terms = {}): Json => [
  ...[kind, "a", epoch, opId(of)],
  terms,
];
