/** One winner everywhere, whatever the order; a stale epoch has no effect. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Json } from "../base/json.ts";
import { opId } from "../pipeline/testing/ops.ts";
import type { Draft } from "../pipeline/testing/ops.ts";
import { drawOf } from "./draw.ts";
import { itemsWithClaims, itemWithClaims } from "./over.ts";
import { agreed, claim, created, ofClaim, op, testHash } from "./testing/claim-ops.ts";

/** Which of two authors the draw favours in an epoch, then the other one. */
function byDraw(epoch: number): readonly [winner: number, loser: number] {
  const key = (author: number): string =>
    drawOf(testHash, { item: "a", epoch, author: opId(author) });
  return key(1) < key(2) ? [1, 2] : [2, 1];
}

describe("which claim stands", () => {
  test("[CLM-1] a malformed claim change has no effect, and leaves its op valid", () => {
    const malformed: readonly Json[] = [
      ["claim"],
      ["claim", "a", 1, null],
      ["claim", "a", 1, [], []],
      ["claim", "a", 1, [], {}, 0],
      ["claim", "a b", 1, [], {}],
      ["claim", "a", 0, [], {}],
      ["claim", "a", 1.5, [], {}],
      ["claim", "a", "1", [], {}],
      ["claim", "a", 2, opId(1), {}],
      ["claim", "a", 2, ["no id"], {}],
      ["claim", "a", 2, Array.from({ length: 9 }, () => opId(1)), {}],
      ["claim", "a", 1, [], { ttl: 1 }],
      ["claim", "a", 1, [], { ttl: 1e12 }],
      ["claim", "a", 1, [], { manual: 1 }],
      ["claim", "a", 1, [], { reason: 1 }],
      ["confirm", "a", 1, opId(1), {}],
      ["complete", "a", 1, opId(1), { to: "nowhere" }],
      ["complete", "a", 1, opId(1), { seen: ["x"] }],
      ["fail", "a", 1, opId(1), { block: "yes" }],
      ["release", "a", 1, null, {}],
      ["release", "a", 1, opId(1), { unused: 1 }],
      ["move", "a", "nowhere", [], {}],
      ["move", "a", "qa", null, {}],
      ["move", "a", "qa", [], { force: 1 }],
    ];
    const { claims, document } = agreed([created, op(1, 1, ...malformed)]);
    assert.equal(claims.standing("a"), null);
    assert.deepEqual(claims.tips("a"), []);
    assert.equal(document.item("a")?.newer, 0, "a known kind is not called newer");
  });

  test("[CLM-1] members that are not known are ignored", () => {
    const { claims } = agreed([created, op(1, 1, claim(1, null, { later: [1], ttl: 5000 }))]);
    assert.equal(claims.standing("a")?.ttlMs, 5_000);
  });

  test("[CLM-2] of two claims in one op the first one counts", () => {
    const both = op(1, 1, claim(1, null, { reason: "one" }), claim(1, null, { reason: "two" }));
    assert.equal(agreed([created, both]).claims.standing("a")?.reason, "one");
    const mixed = op(2, 1, ofClaim("release", 1, 1), claim(2, 1));
    assert.equal(agreed([created, both, mixed]).claims.standing("a")?.end?.op, opId(2));
  });

  test("[CLM-3] [CLM-4] an epoch is not skipped: a claim that leads to no first one is none", () => {
    const { claims } = agreed([
      created,
      op(1, 1, claim(1, null)),
      op(2, 2, claim(9, 1)),
      op(3, 2, claim(3, 1)),
      op(4, 2, claim(2, 15)),
      op(5, 2, claim(2, null)),
    ]);
    assert.deepEqual([claims.standing("a")?.claim, claims.standing("a")?.epoch], [opId(1), 1]);
  });

  test("[CLM-4] a claim that comes before what it follows counts once that is here", () => {
    const { claims } = agreed([created, op(1, 1, claim(1, null)), op(2, 2, claim(2, 1))]);
    assert.equal(claims.standing("a")?.claim, opId(2));
    assert.deepEqual(claims.next("a"), { epoch: 3, after: [opId(2)] });
  });

  test("[CLM-6] [CLM-7] of concurrent claims the draw chooses, and the date has no part in it", () => {
    const [winner, loser] = byDraw(1);
    for (const lamports of [
      [2, 2],
      [2, 9],
      [9, 2],
    ] as const) {
      const { claims } = agreed([
        created,
        { number: 1, lamport: lamports[0], author: loser, changes: [claim(1, null)] },
        { number: 2, lamport: lamports[1], author: winner, changes: [claim(1, null)] },
      ]);
      assert.equal(claims.standing("a")?.claim, opId(2));
      assert.deepEqual(claims.standing("a")?.rivals, [opId(1)]);
    }
  });

  test("[CLM-7] of one author's claims of one epoch the first one stands", () => {
    const { claims } = agreed([created, op(2, 1, claim(1, null)), op(1, 1, claim(1, null))]);
    assert.equal(claims.standing("a")?.claim, opId(1));
  });

  test("[CLM-6] a confirmed claim stands above one that is not, whatever the draw", () => {
    const [winner, loser] = byDraw(1);
    const { claims } = agreed([
      created,
      op(1, loser, claim(1, null)),
      op(2, winner, claim(1, null)),
      op(3, loser, ofClaim("confirm", 1, 1, { by: "hub" })),
    ]);
    assert.equal(claims.standing("a")?.claim, opId(1));
    assert.equal(claims.standing("a")?.confirmed, "hub");
  });

  test("[CLM-6] a claim that was taken back leaves the epoch to the next in the draw", () => {
    const [winner, loser] = byDraw(1);
    const back = [
      created,
      op(1, loser, claim(1, null)),
      op(2, winner, claim(1, null)),
      op(3, winner, ofClaim("release", 1, 2)),
    ];
    assert.equal(agreed(back).claims.standing("a")?.claim, opId(1));
    const all = [...back, op(4, loser, ofClaim("release", 1, 1))];
    assert.equal(agreed(all).claims.standing("a")?.end?.kind, "release");
    assert.deepEqual(agreed(all).claims.next("a"), { epoch: 2, after: [opId(3)] });
  });

  test("[CLM-6] a confirmed claim that was given back closes its epoch", () => {
    const [winner, loser] = byDraw(1);
    const { claims } = agreed([
      created,
      op(1, loser, claim(1, null)),
      op(2, winner, claim(1, null)),
      op(3, loser, ofClaim("confirm", 1, 1, { by: "quorum" })),
      op(4, loser, ofClaim("release", 1, 1)),
    ]);
    assert.equal(claims.standing("a")?.end?.op, opId(4));
  });

  test("[CLM-6] a claim that was never used is as if it had never been made", () => {
    const unused = ofClaim("release", 2, 2, { unused: true });
    const { claims, document } = agreed([
      created,
      op(1, 1, claim(1, null)),
      op(2, 2, claim(2, 1)),
      op(3, 2, unused),
      op(4, 1, ofClaim("complete", 1, 1, { to: "qa" })),
    ]);
    assert.equal(claims.standing("a")?.end?.op, opId(4));
    assert.equal(itemWithClaims(document, claims, "a")?.fields["stage"], "qa");
    assert.deepEqual(claims.next("a"), { epoch: 2, after: [opId(4)] });
    const none = agreed([
      created,
      op(1, 1, claim(1, null)),
      op(2, 1, ofClaim("release", 1, 1, { unused: true })),
    ]);
    assert.equal(none.claims.standing("a"), null);
    assert.deepEqual(none.claims.next("a"), { epoch: 1, after: [] });
  });

  test("[CLM-6] a claim that was never used counts when it was confirmed, or followed", () => {
    const base = [created, op(1, 1, claim(1, null)), op(2, 2, claim(2, 1))];
    const unused = op(4, 2, ofClaim("release", 2, 2, { unused: true }));
    const confirmed = op(3, 2, ofClaim("confirm", 2, 2, { by: "hub" }));
    assert.equal(agreed([...base, confirmed, unused]).claims.standing("a")?.claim, opId(2));
    const followed = op(5, 1, claim(3, 2));
    assert.equal(agreed([...base, unused, followed]).claims.standing("a")?.claim, opId(5));
  });

  test("[CLM-3] [CLM-6] work that was confirmed stands above a longer line that was not", () => {
    const [winner, loser] = byDraw(1);
    const drafts = [
      created,
      op(1, loser, claim(1, null)),
      op(2, loser, ofClaim("confirm", 1, 1, { by: "hub" })),
      op(3, winner, claim(1, null)),
      op(4, winner, ofClaim("fail", 1, 3)),
      op(5, winner, claim(2, 4)),
    ];
    const { claims } = agreed(drafts);
    assert.equal(claims.standing("a")?.claim, opId(1));
    // The next one exceeds both, so that no token is ever given twice.
    assert.deepEqual(claims.next("a"), { epoch: 3, after: [opId(1), opId(5)] });
    const third = agreed([...drafts, op(6, 3, claim(3, [1, 5]))]).claims;
    assert.deepEqual([third.standing("a")?.claim, third.standing("a")?.epoch], [opId(6), 3]);
  });

  test("[CLM-7] the draw favours no node", () => {
    const authors = [1, 2, 3, 4].map((number) => opId(number));
    const wins = new Map<string, number>();
    for (let at = 0; at < 4_000; at += 1) {
      const item = `item-${at}`;
      const keys = authors.map((author) => drawOf(testHash, { item, epoch: 1, author }));
      const winner = authors[keys.indexOf(keys.toSorted()[0] ?? "")] ?? "";
      wins.set(winner, (wins.get(winner) ?? 0) + 1);
    }
    for (const author of authors) {
      const count = wins.get(author) ?? 0;
      assert.ok(count > 900 && count < 1_100, `${author.slice(0, 2)} won ${count} of 4000`);
    }
  });
});

describe("what an end does", () => {
  const held = [created, op(1, 1, claim(1, null))];

  test("[CLM-8] only the author of a claim ends it, naming its epoch, and once", () => {
    const { claims, document } = agreed([
      ...held,
      op(2, 2, ofClaim("complete", 1, 1, { to: "done" })),
      op(3, 1, ofClaim("complete", 2, 1, { to: "done" })),
      op(4, 1, ofClaim("complete", 1, 1, { to: "qa" })),
      op(5, 1, ofClaim("fail", 1, 1, { reason: "late" })),
    ]);
    assert.equal(claims.standing("a")?.end?.op, opId(4));
    assert.equal(itemWithClaims(document, claims, "a")?.fields["stage"], "qa");
    assert.equal(document.item("a")?.fields["stage"], "coding", "the state digest knows nothing");
  });

  test("[CLM-5] [CLM-9] what a holder does after a takeover that it had not seen is void", () => {
    const { claims, document } = agreed([
      ...held,
      op(2, 2, claim(2, 1)),
      op(3, 1, ofClaim("complete", 1, 1, { to: "qa" })),
    ]);
    assert.equal(claims.standing("a")?.claim, opId(2));
    assert.equal(itemWithClaims(document, claims, "a")?.fields["stage"], "coding");
    assert.equal(claims.endOf("a", opId(1))?.kind, "complete");
  });

  test("[CLM-9] an end that the next claim follows stays in force", () => {
    const { claims, document } = agreed([
      ...held,
      op(2, 1, ofClaim("complete", 1, 1, { to: "qa" })),
      op(3, 2, claim(2, 2)),
      op(4, 2, ofClaim("fail", 2, 3, { reason: "red" })),
      op(5, 1, claim(3, 4)),
    ]);
    const { stage, reason, retries } = itemWithClaims(document, claims, "a")?.fields ?? {};
    assert.deepEqual({ stage, reason, retries }, { stage: "qa", reason: "red", retries: 1 });
  });

  test("[CLM-10] a failure counts a try, and the last one blocks until somebody clears it", () => {
    const failed = [...held, op(2, 1, ofClaim("fail", 1, 1, { reason: "no", block: true }))];
    const before = agreed(failed);
    const fields = itemWithClaims(before.document, before.claims, "a")?.fields;
    assert.deepEqual({ ...fields }, { blocked: true, reason: "no", retries: 1, stage: "coding" });
    const again = op(2, 3, ["set", "a", "blocked", null], ["set", "a", "reason", null]);
    const cleared = [
      ...failed,
      { ...again, number: 3, lamport: 4 },
      op(4, 2, ofClaim("retry", 1, 1)),
    ];
    const after = agreed(cleared);
    const all = [...itemsWithClaims(after.document, after.claims)];
    assert.deepEqual({ ...all[0]?.fields }, { stage: "coding" });
  });

  test("[CLM-10] failures count since the item last went on, and since the last retry", () => {
    const triesOf = (drafts: readonly Draft[]): number => agreed(drafts).claims.tries("a");
    const twice = [
      ...held,
      op(2, 1, ofClaim("fail", 1, 1)),
      op(3, 1, claim(2, 2)),
      op(4, 1, ofClaim("fail", 2, 3)),
    ];
    assert.equal(triesOf(twice), 2);
    assert.equal(triesOf([...twice, op(5, 2, ofClaim("retry", 1, 1))]), 1);
    assert.equal(triesOf([...twice, op(5, 2, ofClaim("retry", 9, 3))]), 2, "of no claim");
    const on = [...twice, op(5, 1, claim(3, 4)), op(6, 1, ofClaim("complete", 3, 5, { to: "qa" }))];
    assert.equal(triesOf(on), 0);
  });

  test("[CLM-10] a completion and a later write of the stage compete in the order of ops", () => {
    const done = op(3, 1, ofClaim("complete", 1, 1, { to: "qa" }));
    const stageWith = (number: number): unknown => {
      const moved = op(number, 2, ["set", "a", "stage", "merge"]);
      const { document, claims } = agreed([...held, done, moved]);
      return itemWithClaims(document, claims, "a")?.fields["stage"];
    };
    assert.equal(stageWith(2), "qa");
    assert.equal(stageWith(4), "merge");
  });

  test("[CLM-10] what happens to a deleted item has no effect", () => {
    const { document, claims } = agreed([
      ...held,
      op(2, 2, ["del", "a"]),
      op(3, 1, ofClaim("complete", 1, 1, { to: "qa" })),
    ]);
    assert.equal(itemWithClaims(document, claims, "a"), null);
  });
});
