/** Moves by nodes that did not know of one another are shown, and settled by one move. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Json } from "../base/json.ts";
import { opId } from "../pipeline/testing/ops.ts";
import type { Draft } from "../pipeline/testing/ops.ts";
import { conflictOf, itemWithClaims } from "./over.ts";
import { agreed, claim, created, ofClaim, op } from "./testing/claim-ops.ts";

describe("moves that did not know of one another", () => {
  const move = (to: string, seen: readonly number[]): readonly Json[] => [
    ["set", "a", "stage", to],
    ["move", "a", to, seen.map(opId), {}],
  ];
  const sidesOf = (drafts: readonly Draft[]): readonly string[] => {
    const { document, claims } = agreed(drafts);
    const view = itemWithClaims(document, claims, "a");
    assert.ok(view !== null);
    return conflictOf(document, claims, view).map(({ stage }) => stage);
  };

  test("[CLM-14] both sides are shown, until one move names both", () => {
    const apart = [created, op(1, 1, ...move("qa", [])), op(2, 2, ...move("done", []))];
    assert.deepEqual(sidesOf(apart), ["qa", "done"]);
    assert.deepEqual(sidesOf([...apart, op(3, 1, ...move("qa", [1, 2]))]), []);
  });

  test("[CLM-14] a move that knew of the other, or went the same way, is no conflict", () => {
    assert.deepEqual(
      sidesOf([created, op(1, 1, ...move("qa", [])), op(2, 2, ...move("done", [1]))]),
      [],
    );
    assert.deepEqual(
      sidesOf([created, op(1, 1, ...move("qa", [])), op(2, 2, ...move("qa", []))]),
      [],
    );
  });

  test("[CLM-14] a completion is a move, and a plain write behind both settles it", () => {
    const apart = [
      created,
      op(1, 1, claim(1, null)),
      op(2, 1, ofClaim("complete", 1, 1, { to: "qa" })),
      op(3, 2, ...move("archived", [])),
    ];
    assert.deepEqual(sidesOf(apart), ["qa", "archived"]);
    assert.deepEqual(sidesOf([...apart, op(4, 3, ["set", "a", "stage", "coding"])]), []);
  });
});
