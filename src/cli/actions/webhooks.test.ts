/** Webhooks as people run them: a node in a process of its own, and the command that shows them. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { until } from "../../../test/support/until.ts";
import { foundMesh } from "../../node/found.ts";
import { secretBytesOf, secretOf } from "../../node/config-webhooks.ts";
import { Receiver } from "../../webhooks/testing/receiver.ts";
import { failure, json, RunningNode, temporaryFolder } from "../testing/program.ts";

interface HookRow {
  readonly name: string;
  readonly url: string;
  readonly waiting: number;
  readonly dead: number;
  readonly error: string | null;
}

interface DeadRow {
  readonly id: number;
  readonly type: string;
  readonly item: string;
  readonly error: string;
}

/** A folder with a webhook, and what comes there. */
async function withHook(
  t: TestContext,
): Promise<{ readonly dir: string; readonly secret: string; readonly receiver: Receiver }> {
  const dir = join(temporaryFolder(t), "data");
  foundMesh({ dir, name: "test" });
  const secret = secretOf(randomBytes(32));
  const receiver = await Receiver.start(t);
  const path = join(dir, "towline.toml");
  const table = `[[webhooks]]\nname = "chat"\nurl = "${receiver.url}"\nsecret = "${secret}"\n`;
  writeFileSync(path, table);
  return { dir, secret, receiver };
}

test("a node that runs tells of what others write, and what was given up is sent again", async (t) => {
  const { dir, receiver } = await withHook(t);
  receiver.answer = (response) => response.writeHead(410).end();
  const node = await RunningNode.start(["up", "--port", "0", "--dir", dir]);
  t.after(() => node.stop());
  await json(["add", "After", "--id", "after", "--dir", dir]);
  await until(() => receiver.received.length === 1, "it is told");
  const rows = async (): Promise<readonly DeadRow[]> =>
    await json<DeadRow[]>(["webhooks", "dead", "--dir", dir]);
  let [dead] = await rows();
  while (dead === undefined) [dead] = await rows();
  assert.deepEqual([dead.type, dead.item, dead.error], ["item.created", "after", "status 410"]);
  receiver.answer = (response) => response.writeHead(200).end();
  await json(["webhooks", "retry", String(dead.id), "--dir", dir]);
  const gone = await failure(["webhooks", "retry", String(dead.id), "--dir", dir]);
  assert.deepEqual([gone.code, gone.exit], ["webhooks/unknown", 3]);
  await until(() => receiver.received.length === 2, "it is sent again", 20_000);
  assert.equal(receiver.received[0]?.body, receiver.received[1]?.body);
  const [row] = await json<HookRow[]>(["webhooks", "list", "--dir", dir]);
  assert.deepEqual([row?.name, row?.dead], ["chat", 0]);
  assert(row?.url.endsWith("/hook?…"));
  assert.doesNotMatch(node.log, /hidden|whsec/u);
});

test("a webhook is tried out, with the answer of its receiver", async (t) => {
  const { dir, receiver } = await withHook(t);
  const taken = await json<{ status: number }>(["webhooks", "test", "chat", "--dir", dir]);
  assert.equal(taken.status, 204);
  assert.deepEqual(receiver.types(), ["towline.test"]);
  receiver.answer = (response) => response.writeHead(404).end();
  const refused = await failure(["webhooks", "test", "chat", "--dir", dir]);
  assert.deepEqual([refused.code, refused.exit], ["webhooks/undelivered", 5]);
  assert.match(refused.message, /status 404/u);
  const unknown = await failure(["webhooks", "test", "nobody", "--dir", dir]);
  assert.equal(unknown.code, "webhooks/unknown");
  assert.equal((await failure(["webhooks", "lists", "--dir", dir])).code, "usage/invalid");
  const made = await json<{ secret: string }>(["webhooks", "secret"]);
  assert(secretBytesOf(made.secret) !== null);
});
