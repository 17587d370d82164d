/** Claims are won once, confirmed truthfully, kept alive, and ended with effect or with none. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { how } from "./testing/fake-host.ts";
import { end, forward, item, mesh, none, refuses, stateAt } from "./testing/mesh.ts";

describe("confirmation", () => {
  test("[CLM-11] by the hub: once it says that it has the claim and all of that is here", async () => {
    const { time, hub, ann } = await mesh();
    const claiming = ann.work.desk.claim("a", how());
    await time.pass(100);
    assert.equal(stateAt(ann), "tentative");
    // The hub has the claim, and something else that has not come here yet.
    hub.take(ann.ops);
    await hub.write([["note", "a", "later"]], "");
    ann.saidByHub = new Set(hub.ops.map(({ id }) => id));
    await time.pass(100);
    assert.equal(stateAt(ann), "tentative");
    ann.sync();
    await time.pass(100);
    const claimed = await claiming;
    assert.deepEqual([claimed.guarantee, claimed.epoch, stateAt(ann)], ["hub", 1, "confirmed"]);
  });

  test("[CLM-11] of two claims of one epoch the second is not confirmed, whatever the draw", async () => {
    const { time, hub, ann, bob } = await mesh();
    const first = ann.work.desk.claim("a", how());
    const second = bob.work.desk.claim("a", how({ actor: "bob" }));
    await time.pass(10);
    ann.sync();
    await time.pass(50);
    assert.equal((await first).guarantee, "hub");
    const lost = refuses("claim/lost", second, /held by ann/u);
    ann.sync();
    bob.sync();
    await time.pass(50);
    await lost;
    bob.sync();
    ann.sync();
    for (const node of [hub, ann, bob]) assert.equal(node.work.board.standing("a")?.actor, "ann");
  });

  test("[CLM-11] a claim that nobody confirms is taken back, and says who did not answer", async () => {
    const { time, ann } = await mesh();
    const claiming = refuses("claim/unconfirmed", ann.work.desk.claim("a", how()), /from hub/u);
    await time.pass(2_000);
    await claiming;
    assert.equal(stateAt(ann), "free");
    assert.deepEqual(ann.state.claims.next("a"), { epoch: 1, after: [] }, "as if it had not been");
  });

  test("[CLM-11] nothing is written while nobody could confirm it", async () => {
    const { time, ann } = await mesh();
    ann.isReached = false;
    const before = ann.ops.length;
    const claiming = refuses("claim/unconfirmed", ann.work.desk.claim("a", how()), /to hub/u);
    await time.pass(2_000);
    await claiming;
    assert.equal(ann.ops.length, before);
    const late = ann.work.desk.take({ stages: [], labels: [] }, how());
    await time.pass(500);
    ann.isReached = true;
    ann.tell();
    await time.pass(10);
    ann.sync();
    await time.pass(50);
    assert.equal((await late)?.guarantee, "hub");
  });

  test("[CLM-11] two agents of one node do not take one item from each other", async () => {
    const { time, ann } = await mesh({}, [item, ["new", "b", { stage: "coding" }]]);
    const worker = { stages: [], labels: [] };
    const both = Promise.all([1, 2].map(async () => await ann.work.desk.take(worker, how())));
    await time.pass(10);
    ann.sync();
    await time.pass(50);
    const taken = (await both).map((claimed) => [claimed?.item ?? "", claimed?.epoch]);
    assert.deepEqual(taken.sort(), [
      ["a", 1],
      ["b", 1],
    ]);
  });

  test("[CLM-11] a hub is its own witness, and a quorum counts this node", async () => {
    const { time, hub, ann } = await mesh();
    const own = hub.work.desk.claim("a", how());
    await time.pass(50);
    assert.equal((await own).guarantee, "hub");
    await hub.work.endings.release("a", end);
    ann.sync();
    const three = { kind: "quorum", nodes: 3 } as const;
    const few = refuses(
      "claim/unconfirmed",
      ann.work.desk.claim("a", how({ confirm: three })),
      /2 of 3 nodes are connected/u,
    );
    await time.pass(100);
    ann.sync();
    await time.pass(2_000);
    await few;
    const two = ann.work.desk.claim("a", how({ confirm: { kind: "quorum", nodes: 2 } }));
    await time.pass(10);
    ann.sync();
    await time.pass(50);
    assert.equal((await two).guarantee, "quorum");
  });

  test("without confirmation the answer says so", async () => {
    const { ann } = await mesh();
    const claimed = await ann.work.desk.claim("a", how({ confirm: { kind: "none" } }));
    assert.deepEqual([claimed.guarantee, stateAt(ann)], ["none", "tentative"]);
    await refuses("claim/held", ann.work.desk.claim("a", how()), /this node already/u);
  });
});

describe("leases", () => {
  test("[CLM-12] a silent holder is expired after lease and grace, and taken over", async () => {
    const { time, ann, bob } = await mesh();
    const { claim } = await ann.work.desk.claim("a", none);
    ann.sync();
    bob.sync();
    assert.equal(stateAt(bob), "tentative");
    await time.pass(7_900);
    assert.equal(stateAt(bob), "tentative");
    bob.heard.set(claim, time.now);
    assert.equal(stateAt(bob), "tentative");
    await time.pass(8_100);
    assert.equal(stateAt(bob), "expired");
    const taken = await bob.work.desk.take({ stages: [], labels: [] }, none);
    assert.deepEqual([taken?.item, taken?.epoch], ["a", 2]);
    bob.sync();
    ann.sync();
    const [verdict] = ann.work.keeper.keep([{ item: "a", claim, stage: "coding" }]);
    assert.deepEqual([verdict?.why, verdict?.stop], ["lost", "the claim is lost to ann"]);
    await refuses("claim/lost", ann.work.endings.complete("a", { ...end, claim, ...forward }));
  });

  test("[CLM-12] any op of the holder about the item is a sign of life", async () => {
    const { time, ann, bob } = await mesh();
    await ann.work.desk.claim("a", none);
    ann.sync();
    bob.sync();
    await time.pass(5_000);
    await ann.write([["note", "a", "still here"]], "ann");
    ann.sync();
    bob.sync();
    await time.pass(7_000);
    assert.equal(stateAt(bob), "tentative");
  });

  test("[CLM-12] who is cut off judges nobody, and gives all a lease when it is back", async () => {
    const { time, ann, bob } = await mesh();
    await ann.work.desk.claim("a", none);
    ann.sync();
    bob.sync();
    bob.isReached = false;
    bob.tell();
    await time.pass(60_000);
    assert.equal(stateAt(bob), "tentative");
    bob.isReached = true;
    bob.tell();
    await time.pass(7_000);
    assert.equal(stateAt(bob), "tentative");
    await time.pass(1_100);
    assert.equal(stateAt(bob), "expired");
  });

  test("a claim that nobody keeps is given back; one made by hand is kept", async () => {
    const { time, ann } = await mesh({}, [item, ["new", "b", { stage: "coding" }]]);
    const { claim } = await ann.work.desk.claim("a", none);
    await ann.work.desk.claim("b", { ...none, isManual: true });
    for (let at = 0; at < 10; at += 1) {
      await time.pass(1_000);
      const [verdict] = ann.work.keeper.keep([{ item: "a", claim, stage: "coding" }]);
      assert.equal(verdict?.stop, null);
      assert.deepEqual(ann.working.map((each) => each.item).sort(), ["a", "b"]);
      assert.equal(ann.everyMs, 2_000);
    }
    await time.pass(8_000);
    assert.equal(stateAt(ann), "free");
    assert.equal(ann.work.board.state("b"), "tentative");
    assert.deepEqual(
      ann.working.map((each) => each.item),
      ["b"],
    );
    assert.deepEqual(ann.problems, []);
  });

  test("where no beat goes, claims are renewed by ops", async () => {
    const { time, ann, bob } = await mesh();
    ann.isDeaf = true;
    await ann.work.desk.claim("a", { ...none, isManual: true });
    const before = ann.ops.length;
    await time.pass(12_000);
    const renewals = ann.ops.length - before;
    assert.ok(renewals >= 3 && renewals <= 7, `${renewals} renewals`);
    ann.sync();
    bob.sync();
    assert.equal(stateAt(bob), "tentative");
  });

  test("what the hub confirmed is stopped when the hub is gone for as long as the lease", async () => {
    const { time, ann } = await mesh();
    const claiming = ann.work.desk.claim("a", how());
    await time.pass(10);
    ann.sync();
    await time.pass(50);
    const kept = [{ item: "a", claim: (await claiming).claim, stage: "coding" }];
    ann.isReached = false;
    ann.tell();
    const whyAfter = async (ms: number): Promise<unknown> => {
      await time.pass(ms);
      return ann.work.keeper.keep(kept)[0]?.why;
    };
    assert.equal(await whyAfter(3_000), "held");
    assert.equal(await whyAfter(2_900), "held");
    assert.equal(await whyAfter(300), "cut-off");
  });

  test("work ends at once when its item is frozen, moved or deleted, not when it ends itself", async () => {
    const { ann } = await mesh();
    const { claim } = await ann.work.desk.claim("a", none);
    const kept = [{ item: "a", claim, stage: "coding" }];
    const verdict = (): unknown => ann.work.keeper.keep(kept)[0];
    await ann.write([["set", "a", "frozen", true]], "");
    assert.deepEqual(verdict(), { claim, why: "frozen", stop: "the item is frozen" });
    await ann.write(
      [
        ["set", "a", "frozen", null],
        ["set", "a", "stage", "qa"],
      ],
      "",
    );
    assert.deepEqual(verdict(), { claim, why: "moved", stop: "the item was moved to qa" });
    await ann.write([["set", "a", "stage", "coding"]], "");
    await ann.work.endings.complete("a", { ...end, claim, ...forward });
    assert.deepEqual(verdict(), { claim, why: "ended", stop: null });
    await ann.write([["del", "a"]], "");
    assert.deepEqual(verdict(), { claim, why: "deleted", stop: "the item was deleted" });
  });
});
