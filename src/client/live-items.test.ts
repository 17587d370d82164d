/** LiveItems against a node that answers, goes quiet, breaks off and forgets as the test says. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { ApiError } from "./errors.ts";
import { LiveItems } from "./live-items.ts";
import { FakeNode, Frames, item, json, problem, status } from "./testing/fake-node.ts";

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function advance(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    mock.timers.tick(100);
    await settle();
  }
}

interface Bench {
  readonly node: FakeNode;
  readonly live: LiveItems;
  readonly stop: () => void;
  readonly ids: (stage: "backlog" | "qa") => readonly string[];
}

function benchOf(node: FakeNode): Bench {
  const frames = new Frames();
  const live = new LiveItems(node.client, (show) => {
    frames.schedule(show);
    queueMicrotask(() => frames.next());
  });
  const ids = (stage: "backlog" | "qa"): readonly string[] =>
    live
      .view({ stage })
      .snapshot()
      .map((each) => each.item);
  return { node, live, stop: live.start(), ids };
}

async function started(...ids: readonly string[]): Promise<Bench> {
  const node = new FakeNode();
  for (const id of ids) node.items.set(id, item(id));
  const bench = benchOf(node);
  await settle();
  return bench;
}

let stop = (): void => undefined;
beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] }));
afterEach(() => {
  stop();
  mock.timers.reset();
});

describe("following", () => {
  test("loads every page, then goes on from the first page's state", async () => {
    const bench = await started("a", "b", "c", "d", "e");
    ({ stop } = bench);
    assert.deepEqual(bench.ids("backlog"), ["a", "b", "c", "d", "e"]);
    assert.deepEqual(bench.node.streams, ["page0"]);
    assert.equal(bench.live.state().phase, "live");
  });

  test("applies what comes: changed, new and removed items, and the status", async () => {
    const bench = await started("a", "b");
    ({ stop } = bench);
    bench.node.sendItems([item("a", { stage: "qa" }), item("c")], ["b"]);
    bench.node.send("status", status({ name: "desk" }));
    await settle();
    assert.deepEqual(bench.ids("backlog"), ["c"]);
    assert.deepEqual(bench.ids("qa"), ["a"]);
    assert.equal(bench.live.state().status?.name, "desk");
  });

  test("after a break it says so, and takes up behind the last event about items", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    bench.node.sendItems([item("a", { stage: "qa" })]);
    bench.node.send("status", status());
    await settle();
    bench.node.cut();
    await settle();
    const { phase, retryAt, problem: why } = bench.live.state();
    assert.equal(phase, "reconnecting");
    assert.equal(why?.code, "client/unreachable");
    assert.ok(retryAt !== null && retryAt > Date.now());
    await advance(1_000);
    assert.deepEqual(bench.node.streams, ["page0", "e1"]);
    assert.equal(bench.live.state().phase, "live");
    assert.deepEqual(bench.ids("qa"), ["a"]);
  });

  test("pauses grow while the node is away, and wake() ends one at once", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    bench.node.onRead = () => new TypeError("fetch failed");
    bench.node.cut();
    await advance(30_000);
    const tries = bench.node.streams.length;
    assert.ok(tries > 4 && tries < 12, `${tries} tries in 30 s`);
    bench.node.onRead = () => null;
    bench.live.wake();
    await settle();
    assert.equal(bench.live.state().phase, "live");
  });

  test("a line that says nothing for 15 s is given up", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    await advance(12_000);
    assert.equal(bench.live.state().phase, "live");
    bench.node.raw(": alive\n\n");
    await advance(12_000);
    assert.equal(bench.node.streams.length, 2, "a comment is no event, and says nothing");
    bench.node.sendItems([]);
    await advance(12_000);
    assert.equal(bench.node.streams.length, 2);
  });

  test("a reset loads everything anew and forgets what is gone", async () => {
    const bench = await started("a", "b");
    ({ stop } = bench);
    bench.node.items.delete("a");
    bench.node.items.set("z", item("z"));
    bench.node.send("reset", { asOf: "elsewhere" });
    await settle();
    assert.deepEqual(bench.ids("backlog"), ["b", "z"]);
    assert.deepEqual(bench.node.streams, ["page0", "page0"]);
  });

  test("stopped and started again, it goes on where it was, without loading", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    bench.node.sendItems([item("a", { stage: "qa" })]);
    await settle();
    bench.stop();
    await settle();
    assert.equal(bench.live.state().phase, "stopped");
    assert.equal(bench.node.isFollowed, false);
    stop = bench.live.start();
    await settle();
    assert.deepEqual(bench.node.streams, ["page0", "e1"]);
    assert.equal(bench.node.asked.filter(({ path }) => path === "/items").length, 1);
    assert.deepEqual(bench.ids("qa"), ["a"]);
  });

  test("a session that is over ends it", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    let calls = 0;
    bench.node.client.onSignedOut(() => (calls += 1));
    bench.node.onRead = () => problem(401, "http/unauthenticated");
    bench.node.cut();
    await advance(5_000);
    assert.equal(bench.live.state().phase, "signed-out");
    assert.equal(calls, 1);
  });

  test("a node that is not there at first is tried until it is", async () => {
    const node = new FakeNode();
    node.items.set("a", item("a"));
    node.onRead = () => new TypeError("fetch failed");
    const bench = benchOf(node);
    ({ stop } = bench);
    await advance(4_000);
    assert.equal(bench.live.state().phase, "loading");
    node.onRead = () => null;
    await advance(6_000);
    assert.equal(bench.live.state().phase, "live");
    assert.deepEqual(bench.ids("backlog"), ["a"]);
  });
});

describe("writing", () => {
  test("is shown at once, marked as pending until the node has answered", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    let answer = (_: Response): void => undefined;
    bench.node.onWrite = () => new Promise((resolve) => (answer = resolve));
    const moved = bench.live.move("a", { stage: "qa" });
    assert.deepEqual(bench.ids("qa"), ["a"]);
    assert.equal(bench.live.item("a")?.isPending, true);
    await settle();
    assert.equal(bench.live.state().sending, 1);
    answer(json({ item: "a", op: "o", now: item("a", { stage: "qa" }) }));
    await moved;
    await settle();
    assert.equal(bench.live.item("a")?.isPending, undefined);
    assert.equal(bench.live.state().sending, 0);
    assert.deepEqual(bench.ids("qa"), ["a"]);
  });

  test("gives way to what an event says after the answer", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    await bench.live.move("a", { stage: "qa" });
    bench.node.sendItems([item("a", { stage: "merge" })]);
    await settle();
    assert.equal(bench.live.item("a")?.fields["stage"], "merge");
  });

  test("gives way soon even when its event came before the answer", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    bench.node.onWrite = async () => {
      bench.node.sendItems([item("a", { stage: "merge" })]);
      await settle();
      return json({ item: "a", op: "o", now: item("a", { stage: "qa" }) });
    };
    await bench.live.move("a", { stage: "qa" });
    await advance(3_000);
    bench.node.send("status", status());
    await settle();
    assert.equal(bench.live.item("a")?.fields["stage"], "merge");
  });

  test("is taken back when the node refuses, with the node's code and words", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    bench.node.onWrite = () => problem(409, "stage/refused", "From backlog to coding only.");
    await assert.rejects(bench.live.move("a", { stage: "qa" }), (error) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.code, "stage/refused");
      assert.equal(error.message, "From backlog to coding only.");
      return true;
    });
    assert.deepEqual(bench.ids("qa"), []);
    assert.deepEqual(bench.live.state().unsent, []);
  });

  test("without an answer it is tried with one key, then kept, and sent when told", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    bench.node.onWrite = () => new TypeError("fetch failed");
    const moved = bench.live.move("a", { stage: "qa" });
    const failed = assert.rejects(moved, { code: "client/unreachable" });
    await advance(6_000);
    await failed;
    assert.deepEqual(bench.ids("qa"), [], "it is not shown as done");
    const [unsent] = bench.live.state().unsent;
    assert.ok(unsent !== undefined);
    assert.equal(unsent.write.text, "Move a to qa");
    bench.node.onWrite = () => json({ item: "a", op: "o", now: null });
    await bench.live.resend(unsent);
    assert.deepEqual(bench.live.state().unsent, []);
    assert.deepEqual(bench.ids("qa"), ["a"]);
    const keys = bench.node.asked
      .filter(({ method }) => method === "POST")
      .map(({ headers }) => headers.get("idempotency-key"));
    assert.equal(keys.length, 5);
    assert.equal(new Set(keys).size, 1);
  });

  test("about one item goes out in order, one after the other", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    const seen: unknown[] = [];
    bench.node.onWrite = async ({ body }) => {
      seen.push(body);
      await settle();
      seen.push("answered");
      return json({ item: "a", op: "o", now: null });
    };
    await Promise.all([
      bench.live.move("a", { stage: "coding" }),
      bench.live.move("a", { stage: "qa" }),
    ]);
    assert.deepEqual(seen, [{ stage: "coding" }, "answered", { stage: "qa" }, "answered"]);
  });

  test("a new item shows with the answer, or with the event that came before it", async () => {
    const bench = await started("a");
    ({ stop } = bench);
    bench.node.onWrite = () => json({ item: "n", op: "o", now: item("n") });
    await bench.live.create({ title: "New" });
    await settle();
    assert.deepEqual(bench.ids("backlog"), ["a", "n"]);
    bench.node.sendItems([item("n", { stage: "qa" })]);
    await settle();
    await bench.live.create({ title: "Again" });
    await settle();
    assert.deepEqual(bench.ids("qa"), ["n"], "an answer does not cover a later event");
  });
});

describe("a client", () => {
  test("sends its token, or the word of its session with each write", async () => {
    const programs = new FakeNode("secret");
    await programs.client.note("a", "hello");
    assert.equal(programs.asked[0]?.headers.get("authorization"), "Bearer secret");
    const page = new FakeNode();
    page.onWrite = () => json({ role: "editor", csrf: "word" });
    await page.client.openSession({ code: "c" });
    await page.client.note("a", "hello");
    const write = page.asked[1]?.headers;
    assert.deepEqual([write?.get("x-towline-csrf"), write?.get("authorization")], ["word", null]);
  });

  test("says what is wrong when something else answers", async () => {
    const node = new FakeNode();
    node.onRead = () => new Response("<html>", { status: 200 });
    await assert.rejects(node.client.status(), { code: "client/unexpected-answer" });
    node.onRead = () => new Response("<html>", { status: 404, statusText: "Not Found" });
    await assert.rejects(node.client.status(), {
      code: "client/unexpected-answer",
      status: 404,
      message: "The node answered 404 Not Found.",
    });
  });

  test("waits as long as the node asks when it is too busy, unless that is long", async () => {
    const node = new FakeNode();
    const busy = (seconds: string): Response => {
      const answer = problem(503, "http/busy");
      answer.headers.set("retry-after", seconds);
      return answer;
    };
    node.onRead = () => busy("60");
    await assert.rejects(node.client.status(), { code: "http/busy", retryAfterMs: 60_000 });
    node.asked.length = 0;
    node.onRead = () => (node.asked.length === 1 ? busy("3") : json(status()));
    const asked = node.client.status();
    await settle();
    await advance(2_000);
    assert.equal(node.asked.length, 1);
    await advance(2_000);
    assert.equal((await asked).name, "desk");
  });
});
