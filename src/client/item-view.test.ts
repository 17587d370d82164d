/** Views and the table of items agree with the plain way: filter and sort everything anew. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ItemFilter } from "./filter.ts";
import { matcher, orderOf } from "./filter.ts";
import type { ShownItem } from "./item.ts";
import { stages } from "./item.ts";
import { ItemTable } from "./item-table.ts";
import { Frames, item } from "./testing/fake-node.ts";

interface Change {
  readonly id: string;
  readonly stage: string;
  readonly priority: number | null;
  readonly time: number;
  readonly isRemoved: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  id: fc.constantFrom("a", "b", "c", "d", "e", "f", "g"),
  stage: fc.constantFrom(...stages, "nowhere"),
  priority: fc.constantFrom(null, 0, 1, 2),
  time: fc.nat(3),
  isRemoved: fc.boolean(),
});

const filters: readonly ItemFilter[] = [
  {},
  { stage: "backlog" },
  { stage: "qa", order: "updated" },
  { search: "A" },
];

test("whatever changes in whatever order, a view holds what filtering and sorting gives", () => {
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 8 }), (frames) => {
      const screen = new Frames();
      const table = new ItemTable(screen.schedule);
      const views = filters.map((filter) => table.view(filter));
      const all = new Map<string, ShownItem>();
      for (const changes of frames) {
        for (const { id, stage, priority, time, isRemoved } of changes) {
          const base = item(id, { stage, priority });
          const told = { ...base, updated: { ...base.updated, time } };
          table.tell(isRemoved ? [] : [told], isRemoved ? [id] : []);
          if (isRemoved) all.delete(id);
          else all.set(id, { ...told, toldAt: 0 });
        }
        screen.next();
        for (const [at, filter] of filters.entries()) {
          const wanted = [...all.values()].filter(matcher(filter)).sort(orderOf(filter));
          assert.deepEqual(views[at]?.snapshot().map(plain), wanted.map(plain));
        }
      }
    }),
  );
});

function plain(one: ShownItem): ShownItem {
  return { ...one, toldAt: 0 };
}

describe("a view", () => {
  test("shows many changes at once, at the next frame, and calls its listeners once", () => {
    const screen = new Frames();
    const table = new ItemTable(screen.schedule);
    const view = table.view({ stage: "backlog" });
    let calls = 0;
    view.subscribe(() => (calls += 1));
    for (let at = 0; at < 1_000; at += 1) table.tell([item(`i${at % 600}`, { priority: at })]);
    assert.equal(view.snapshot().length, 0);
    screen.next();
    assert.equal(view.snapshot().length, 600);
    assert.equal(calls, 1);
  });

  test("is the same array until something in it changes", () => {
    const screen = new Frames();
    const table = new ItemTable(screen.schedule);
    table.tell([item("a"), item("b", { stage: "qa" })]);
    screen.next();
    const view = table.view({ stage: "backlog" });
    const before = view.snapshot();
    table.tell([item("b", { stage: "done" })]);
    screen.next();
    assert.equal(view.snapshot(), before);
    assert.equal(table.view({ stage: "backlog" }), view);
    table.tell([item("b")]);
    screen.next();
    assert.deepEqual(
      view.snapshot().map((one) => one.item),
      ["a", "b"],
    );
    assert.equal(before.length, 1);
  });

  test("filters by label, assignee, holder, obstacles and words", () => {
    const claim = {
      item: "held",
      state: "confirmed",
      claim: "c",
      epoch: 1,
      holder: "n1",
      actor: "agent",
      since: 0,
      lastSignMs: 0,
      leaseLeftMs: 1,
    } as const;
    const items = [
      item("plain", { title: "Fix the Login", labels: ["ui"], assignee: "ann" }),
      item("stopped", { blocked: true, description: "the login is slow" }),
      { ...item("waiting"), waitsFor: ["plain"] },
      { ...item("held"), claim },
      { ...item("ended"), claim: { ...claim, state: "done" as const } },
    ].map((one) => ({ ...one, toldAt: 0 }));
    const ids = (filter: ItemFilter): readonly string[] =>
      items.filter(matcher(filter)).map((one) => one.item);
    assert.deepEqual(ids({ label: "ui" }), ["plain"]);
    assert.deepEqual(ids({ assignee: "ann" }), ["plain"]);
    assert.deepEqual(ids({ holder: "agent" }), ["held"]);
    assert.deepEqual(ids({ holder: "n1" }), ["held"]);
    assert.deepEqual(ids({ isBlocked: true }), ["stopped", "waiting"]);
    assert.deepEqual(ids({ search: "LOGIN the" }), ["plain", "stopped"]);
    assert.deepEqual(ids({ search: "login", isBlocked: true }), ["stopped"]);
  });
});
