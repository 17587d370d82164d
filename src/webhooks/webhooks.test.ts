/** Webhooks from the op that is written to the receiver that hears of it, or does not. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { anyPort, foundedFolder, openFor } from "../api/testing/folders.ts";
import type { TowlineNode } from "../api/types.ts";
import { webhookDeadMax, webhookQueueMax, webhookRetryMs } from "../base/edge-limits.ts";
import { TowlineError } from "../base/errors.ts";
import type { WebhookSettings } from "../node/config-webhooks.ts";
import { secretBytesOf, webhookKinds } from "../node/config-webhooks.ts";
import { until } from "../../test/support/until.ts";
import { Receiver, TestClock, TestLog } from "./testing/receiver.ts";
import { WebhookQueue } from "./queue.ts";
import type { Webhooks } from "./webhooks.ts";
import { queuePath, startWebhooks } from "./webhooks.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

interface Hooked {
  readonly dir: string;
  readonly node: TowlineNode;
  readonly receiver: Receiver;
  readonly clock: TestClock;
  readonly log: TestLog;
  /** Starts, or starts anew, with these. */
  readonly start: (...settings: Partial<WebhookSettings>[]) => Webhooks;
  readonly queue: () => WebhookQueue;
}

async function hooked(t: TestContext): Promise<Hooked> {
  const dir = foundedFolder(t);
  const node = await openFor(t, dir, { listen: anyPort, settings: { name: "laptop" } });
  const receiver = await Receiver.start(t);
  const [clock, log] = [new TestClock(), new TestLog()];
  const start = (...settings: Partial<WebhookSettings>[]): Webhooks => {
    const all = settings.map((each) => ({
      ...{ name: "hook", url: receiver.url, on: new Set<string>(webhookKinds) },
      ...{ secret, secretFile: null },
      ...each,
    }));
    const webhooks = startWebhooks({ node, settings: all, logger: log, clock });
    assert(webhooks !== null);
    t.after(() => webhooks.close());
    return webhooks;
  };
  const queue = (): WebhookQueue => {
    const opened = WebhookQueue.open(queuePath(dir));
    t.after(() => opened.close());
    return opened;
  };
  return { dir, node, receiver, clock, log, start, queue };
}

const how = {
  confirm: { kind: "none" },
  waitMs: 0,
  ttlMs: null,
  isManual: true,
  reason: "",
} as const;
const end = { actor: "ann", claim: null };

test("each transition is told once, with the op that brought it, in order", async (t) => {
  const { node, receiver, start } = await hooked(t);
  await node.write([[["new", "old", { title: "Before", stage: "backlog" }]]]);
  start({});
  const { desk, endings } = node.work;
  await node.write([[["new", "a", { title: "One", stage: "coding" }]]], { actor: "ann" });
  await node.write([[["note", "a", "nothing"]], [["set", "a", "title", "Two"]]]);
  await desk.claim("a", { ...how, actor: "ann", force: false });
  await endings.complete("a", { ...end, to: null, force: null });
  await desk.claim("a", { ...how, actor: "bot", force: false });
  await endings.fail("a", { ...end, reason: "red", retries: 0 });
  await desk.claim("a", { ...how, actor: "bot", force: true });
  await endings.release("a", { ...end, reason: "lunch" });
  await node.write([[["set", "a", "stage", "qa"]], [["del", "a"]]]);
  await until(() => receiver.types().includes("item.deleted"), "all is told");
  assert.deepEqual(receiver.types(), [
    ...["item.created", "item.claimed", "item.moved", "item.claimed", "item.failed"],
    ...["item.blocked", "item.claimed", "item.released", "item.deleted"],
  ]);
  const [created, , moved, second, failed] = receiver.received.map(({ data }) => data);
  const ops = [...node.ops("a")];
  assert.deepEqual(created, {
    ...{ op: ops[0]?.id, item: "a", title: "One", before: null, after: "coding" },
    ...{ epoch: null, reason: null, actor: "ann", author: node.id, node: "laptop" },
    mesh: node.mesh,
  });
  assert.deepEqual(
    [moved?.["before"], moved?.["after"], moved?.["title"]],
    ["coding", "qa", "Two"],
  );
  assert.deepEqual([second?.["epoch"], second?.["actor"]], [2, "bot"]);
  assert.equal(failed?.["reason"], "red");
});

test("a message is signed as Standard Webhooks says", async (t) => {
  const { node, receiver, start, clock } = await hooked(t);
  start({});
  await node.write([[["new", "a", { title: "One" }]]]);
  await until(() => receiver.received.length === 1, "it is told");
  const [first] = receiver.received;
  assert(first !== undefined);
  const { headers, body } = first;
  const { "webhook-id": id, "webhook-timestamp": timestamp } = headers;
  assert.match(String(id), /^msg_[0-9a-f]{32}$/u);
  assert.equal(Number(timestamp), Math.floor(clock.now().wall / 1_000));
  const signed = `${String(id)}.${String(timestamp)}.${body}`;
  const key = secretBytesOf(secret) ?? "";
  const wanted = createHmac("sha256", key).update(signed).digest("base64");
  assert.equal(headers["webhook-signature"], `v1,${wanted}`);
  assert.equal(headers["content-type"], "application/json");
});

test("a webhook is told of what it asked for, of stages as well", async (t) => {
  const { node, receiver, start } = await hooked(t);
  start({ on: new Set(["qa", "deleted"]) });
  await node.write([[["new", "a", { title: "One", stage: "coding" }]]]);
  await node.write([[["new", "b", { title: "Two", stage: "qa" }]]]);
  for (const stage of ["qa", "merge"]) await node.write([[["set", "a", "stage", stage]]]);
  await node.write([[["del", "a"]]]);
  await until(() => receiver.types().includes("item.deleted"), "all is told");
  assert.deepEqual(receiver.types(), ["item.created", "item.moved", "item.deleted"]);
});

test("what fails is tried again, later each time, and then given up", async (t) => {
  const { node, clock, log, queue, receiver } = await hooked(t);
  const times: number[] = [];
  const ids = new Set<string>();
  const settings = [
    { ...{ name: "hook", url: receiver.url, on: new Set(["created"]) }, secret, secretFile: null },
  ];
  const webhooks = startWebhooks({
    ...{ node, settings, clock, logger: log },
    post: ({ message, now }) => {
      times.push(now);
      ids.add(message.id);
      return Promise.resolve({ kind: "failed", why: "no", isFinal: false, waitMs: null });
    },
  });
  t.after(() => webhooks?.close());
  await node.write([[["new", "a", { title: "One" }]]]);
  await until(() => times.length === 1, "it is tried");
  for (let steps = 0; !log.text.includes("given up"); steps += 1) {
    assert(steps < 20_000, "it is given up");
    clock.step(1_000_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const waits = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  assert.deepEqual(waits, webhookRetryMs);
  const [dead] = queue().dead();
  assert.deepEqual([dead?.hook, dead?.attempts, dead?.error], ["hook", 9, "no"]);
  assert.equal(ids.size, 1, "each attempt has the same id");
});

test("what is secret is in no log", async (t) => {
  const { node, receiver, start, log } = await hooked(t);
  receiver.answer = (response) => response.writeHead(500).end("secret of theirs");
  start({});
  await node.write([[["new", "a", { title: "Ours alone" }]]]);
  await until(
    () => log.text.includes("status 500"),
    () => log.text,
  );
  assert.doesNotMatch(log.text, /hidden|theirs|Ours|whsec|v1,/u);
});

test("a receiver that is gone for good is not asked again", async (t) => {
  const { node, receiver, start, queue, log } = await hooked(t);
  receiver.answer = (response) => response.writeHead(410).end();
  start({});
  await node.write([[["new", "a", { title: "One" }]]]);
  await until(() => log.text.includes("given up"), "it is given up");
  assert.deepEqual(
    queue()
      .dead()
      .map(({ error, attempts }) => [error, attempts]),
    [["status 410", 1]],
  );
});

test("redirects are not followed, and a slow receiver is cut off", async (t) => {
  const { node, receiver, start, clock, log, queue } = await hooked(t);
  receiver.answer = (response) =>
    response.writeHead(302, { location: `${receiver.url}&again=1` }).end();
  start({});
  await node.write([[["new", "a", { title: "One" }]]]);
  await until(
    () => log.text.includes("redirects are not followed"),
    () => log.text,
  );
  assert.equal(receiver.received.length, 1);
  receiver.answer = () => undefined;
  await until(() => {
    if (receiver.received.length === 1) clock.step(10_000);
    return receiver.received.length === 2;
  }, "it is asked again");
  await until(() => {
    clock.step(20_000);
    return log.text.includes("no answer in time");
  }, "it is cut off");
  assert.equal(queue().state("hook").waiting, 1);
});

test("one receiver that fails does not keep another one waiting", async (t) => {
  const { node, receiver, start, log } = await hooked(t);
  const gone = await Receiver.start(t);
  await gone.stop();
  start({ name: "broken", url: gone.url }, { name: "fine" });
  for (const item of ["a", "b", "c"]) await node.write([[["new", item, { title: item }]]]);
  await until(() => receiver.received.length === 3, "the other one has all");
  await until(
    () => log.text.includes("ECONNREFUSED"),
    () => log.text,
  );
});

test("nothing of the past is told, and nothing is lost between two starts", async (t) => {
  const { node, receiver, start } = await hooked(t);
  await node.write([[["new", "a", { title: "One", stage: "backlog" }]]]);
  receiver.answer = (response) => response.writeHead(503).end();
  const first = start({});
  await node.write([[["set", "a", "stage", "coding"]]]);
  await until(() => receiver.received.length === 1, "it is tried");
  await first.close();
  // Nobody tells of this one, now; what was queued is there, too.
  await node.write([[["set", "a", "stage", "qa"]]]);
  receiver.answer = (response) => response.writeHead(204).end();
  const clock = new TestClock();
  clock.step(600_000);
  const again = startWebhooks({
    ...{ node, logger: new TestLog(), clock },
    settings: [
      { name: "hook", url: receiver.url, on: new Set(["moved"]), secret, secretFile: null },
    ],
  });
  t.after(() => again?.close());
  await until(() => receiver.received.length === 3, "both are told");
  assert.deepEqual(receiver.received.map(({ data }) => data["after"]).sort(), [
    "coding",
    "coding",
    "qa",
  ]);
});

test("a start keeps the time of the next attempt, unless the clock was set back", async (t) => {
  const { node, receiver, start, clock, queue } = await hooked(t);
  receiver.answer = (response) => response.writeHead(503).end();
  const first = start({});
  await node.write([[["new", "a", { title: "One" }]]]);
  const opened = queue();
  await until(() => opened.state("hook").error !== null, "it is tried");
  await first.close();
  const message = opened.due("hook", Number.MAX_SAFE_INTEGER);
  assert(message !== null);
  const now = clock.now().wall;
  for (const [at, kept] of [
    [now + 3_600_000, now + 3_600_000],
    [now + 86_400_000, now + 1.2 * 14_400_000],
  ] as const) {
    opened.failed(message, { error: "later", at, now });
    await start({}).close();
    assert.equal(opened.nextAt("hook"), kept);
  }
});

test("a webhook that is new, or comes back, hears of what comes from then on", async (t) => {
  const { node, receiver, start } = await hooked(t);
  await start({}).close();
  assert.equal(startWebhooks({ node, settings: [], logger: new TestLog() }), null);
  await node.write([[["new", "a", { title: "Nobody listens" }]]]);
  start({});
  await node.write([[["new", "b", { title: "Somebody does" }]]]);
  await until(() => receiver.received.length > 0, "it is told");
  assert.deepEqual(
    receiver.received.map(({ data }) => data["item"]),
    ["b"],
  );
});

test("another log than before is not told from its beginning", async (t) => {
  const { node, receiver, start, queue, log } = await hooked(t);
  await node.write([[["new", "a", { title: "One" }]]]);
  await start({}).close();
  queue().startAt({ index: 1, op: "0".repeat(64) });
  start({});
  assert.match(log.text, /the log is another one/u);
  await node.write([[["new", "b", { title: "Two" }]]]);
  await until(() => receiver.received.length > 0, "it is told");
  assert.deepEqual(
    receiver.received.map(({ data }) => data["item"]),
    ["b"],
  );
});

test("the queue and what was given up are bounded", async (t) => {
  const { queue } = await hooked(t);
  const opened = queue();
  opened.setHooks(["hook"], 0);
  const many = Array.from({ length: webhookQueueMax + webhookDeadMax + 10 }, (_, at) => ({
    ...{ hook: "hook", id: `msg_${at}`, body: "{}" },
  }));
  opened.add(many, { index: 1, op: null }, 0);
  const { waiting, dead } = opened.state("hook");
  assert.deepEqual([waiting, dead], [webhookQueueMax, webhookDeadMax]);
  assert.equal(opened.dead().at(-1)?.id, "msg_10", "the oldest are gone");
  const [last] = opened.dead();
  assert(opened.revive(last?.row ?? 0, 5));
  assert(!opened.revive(last?.row ?? 0, 5));
  assert.equal(opened.state("hook").waiting, webhookQueueMax + 1);
});

test("a secret or a queue that cannot be read stops the start, and says what to do", async (t) => {
  const { node, dir } = await hooked(t);
  const settings = [
    { name: "h", url: "http://127.0.0.1:9/", on: new Set(["qa"]), secret: null, secretFile: "s" },
  ];
  const start = (): unknown => startWebhooks({ node, settings, logger: new TestLog() });
  const fails = (code: string): void => {
    assert.throws(start, (error) => error instanceof TowlineError && error.code === code);
  };
  fails("config/invalid");
  writeFileSync(join(dir, "s"), "whsec_short");
  fails("config/invalid");
  writeFileSync(join(dir, "s"), `${secret}\n`);
  writeFileSync(
    queuePath(dir),
    "this is no database, but long enough to be taken for one".repeat(9),
  );
  fails("webhooks/unreadable");
});
