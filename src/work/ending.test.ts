/** Work ends with effect or with none, and what is ready is told with what is in the way. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stagesAfter } from "../claims/transitions.ts";
import { stages } from "../op/change.ts";
import { end, forward, item, mesh, none, refuses, stageAt, stateAt } from "./testing/mesh.ts";

describe("how work ends", () => {
  test("[CLM-10] done moves the item on, and may be said twice", async () => {
    const { ann } = await mesh();
    const { claim } = await ann.work.desk.claim("a", none);
    const op = await ann.work.endings.complete("a", { ...end, claim, ...forward });
    assert.deepEqual([stageAt(ann), stateAt(ann)], ["qa", "done"]);
    assert.equal(await ann.work.endings.complete("a", { ...end, claim, ...forward }), op);
    await refuses("claim/lost", ann.work.endings.release("a", { ...end, claim }));
    await refuses("claim/not-yours", ann.work.endings.release("a", end), /Nobody holds it/u);
  });

  test("failures block the item after the last try, and retry clears that", async () => {
    const { ann } = await mesh({ retryWaitMs: 100 });
    for (const isBlocked of [false, true]) {
      await ann.work.desk.claim("a", { ...none, force: true });
      const failed = await ann.work.endings.fail("a", { ...end, reason: "red", retries: 1 });
      assert.equal(failed.isBlocked, isBlocked);
    }
    const { blocked, reason, retries } = ann.work.desk.view("a").fields;
    assert.deepEqual({ blocked, reason, retries }, { blocked: true, reason: "red", retries: 2 });
    await refuses("claim/not-ready", ann.work.desk.claim("a", none), /blocked: red/u);
    await ann.work.endings.retry("a", "ann");
    assert.deepEqual({ ...ann.work.desk.view("a").fields }, { stage: "coding", title: "A" });
    assert.equal(await ann.work.endings.retry("a", "ann"), null);
  });

  test("an item that failed is left alone for a while that doubles", async () => {
    const { time, ann } = await mesh();
    const take = async (): Promise<string | undefined> =>
      (await ann.work.desk.take({ stages: [], labels: [] }, none))?.item;
    for (const waitMs of [1_000, 2_000, 4_000]) {
      assert.equal(await take(), "a");
      await ann.work.endings.fail("a", { ...end, reason: "", retries: 9 });
      await time.pass(waitMs - 100);
      assert.equal(await take(), undefined);
      await time.pass(100);
    }
  });

  test("anybody frees an item, and what its holder still does is void", async () => {
    const { ann, bob } = await mesh();
    const { claim } = await ann.work.desk.claim("a", none);
    ann.sync();
    bob.sync();
    await refuses("claim/not-yours", bob.work.endings.release("a", end), /held by ann/u);
    await refuses("claim/held", bob.work.endings.complete("a", { ...end, ...forward }));
    await bob.work.endings.free("a", { reason: "gone", actor: "bob" });
    assert.equal(stateAt(bob), "free");
    assert.equal(await bob.work.endings.free("a", { reason: "gone", actor: "bob" }), null);
    await ann.work.endings.complete("a", { ...end, claim, ...forward });
    for (const node of [bob, ann, bob]) node.sync();
    assert.deepEqual([stageAt(ann), stageAt(bob), stateAt(ann)], ["coding", "coding", "free"]);
  });

  test("[CLM-13] an item goes where its stage allows, or where force puts it", async () => {
    const { ann } = await mesh();
    for (const from of stages) {
      for (const to of stages) {
        await ann.write([["set", "a", "stage", from]], "");
        const isAllowed = from === to || stagesAfter(from).includes(to);
        const moving = ann.work.endings.move("a", to, { actor: "", force: null });
        if (isAllowed) await moving;
        else
          await refuses("stage/refused", moving, new RegExp(`From ${from} .* not to ${to}`, "u"));
        assert.equal(stageAt(ann), isAllowed ? to : from);
      }
    }
    await ann.write([["set", "a", "stage", "backlog"]], "");
    const op = await ann.work.endings.move("a", "merge", { actor: "", force: "because" });
    const written = ann.ops.find(({ id }) => id === op)?.changes.at(-1);
    assert.ok(written?.kind === "unknown");
    assert.deepEqual(written.raw[4], { force: "because" });
    assert.deepEqual(stagesAfter(null), stages);
    await ann.write([["set", "a", "stage", "archived"]], "");
    await refuses("stage/refused", ann.work.endings.complete("a", { ...end, ...forward }));
  });

  test("[CLM-14] moves that did not know of one another are shown until one settles them", async () => {
    const { ann, bob } = await mesh();
    const plain = { actor: "", force: null } as const;
    await ann.work.endings.move("a", "qa", plain);
    await bob.work.endings.move("a", "done", plain);
    for (const node of [ann, bob, ann]) node.sync();
    const sides = (): readonly string[] => ann.work.board.conflict("a").map((side) => side.stage);
    assert.deepEqual([...sides()].sort(), ["done", "qa"]);
    assert.deepEqual(ann.work.board.conflicts(), ["a"]);
    await ann.work.endings.move("a", "qa", plain);
    assert.deepEqual(sides(), []);
  });
});

describe("what is ready", () => {
  const worker = { stages: [], labels: [] } as const;

  test("obstacles are named, and each keeps an item from being taken", async () => {
    const { ann } = await mesh({ stageLimits: new Map([["qa", 1]]) }, [
      item,
      ["new", "dep", { stage: "coding" }],
      ["add", "dep", "depends_on", "a"],
      ["add", "dep", "depends_on", "gone"],
      ["add", "dep", "depends_on", "deleted"],
      ["new", "deleted", { stage: "coding" }],
      ["del", "deleted"],
      ["new", "gpu", { stage: "coding" }],
      ["add", "gpu", "labels", "needs:gpu"],
      ["new", "ice", { stage: "coding", frozen: true }],
      ["new", "q1", { stage: "qa" }],
      ["new", "q2", { stage: "qa" }],
    ]);
    await ann.work.desk.claim("q1", none);
    const why = (): Readonly<Record<string, readonly string[]>> =>
      Object.fromEntries(
        ann.work.board
          .blocked(worker)
          .map(({ view, obstacles }) => [view.item, obstacles.map(({ text }) => text)]),
      );
    assert.deepEqual(why(), {
      dep: ["waits for a, which is in coding", "waits for gone, which is not here"],
      gpu: ["needs gpu"],
      ice: ["frozen"],
      q2: ["1 items in qa are worked on, the limit there"],
    });
    const ready = ann.work.board
      .ready({ stages: [], labels: ["gpu"] })
      .map(({ view }) => view.item);
    assert.deepEqual(ready, ["a", "gpu"]);
    await refuses("claim/not-ready", ann.work.desk.claim("ice", none), /frozen/u);
    assert.equal((await ann.work.desk.claim("ice", { ...none, force: true })).item, "ice");
  });

  test("priority comes first, then how many wait, then age; a node's own limit holds", async () => {
    const { ann } = await mesh({ jobsMax: 1 }, [
      item,
      ["new", "low", { stage: "backlog", priority: 9 }],
      ["new", "high", { stage: "backlog", priority: 1 }],
      ["new", "mid", { stage: "backlog", priority: 9 }],
      ["new", "waits", { stage: "backlog" }],
      ["add", "waits", "depends_on", "mid"],
    ]);
    const ready = (): readonly string[] =>
      ann.work.board.ready(worker).map(({ view }) => view.item);
    assert.deepEqual(ready(), ["high", "mid", "low", "a"]);
    assert.equal((await ann.work.desk.take(worker, none))?.item, "high");
    assert.deepEqual(ready(), []);
    assert.equal(await ann.work.desk.take(worker, none), null);
  });

  test("a circle of items that wait for one another is refused, with its path", async () => {
    const { ann } = await mesh({}, [
      item,
      ["new", "b", {}],
      ["new", "c", {}],
      ["add", "b", "depends_on", "a"],
      ["add", "c", "depends_on", "b"],
    ]);
    const { endings } = ann.work;
    endings.refuseCircle("c", "a");
    assert.throws(() => endings.refuseCircle("a", "c"), /a → c → b → a/u);
  });
});
