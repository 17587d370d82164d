/** `--wait` and `sync` between real processes: what is confirmed is on the other one's disk. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { NodeStatus, PeerStatus } from "../src/api/types.ts";
import {
  failure,
  json,
  RunningNode,
  temporaryFolder,
  towline,
} from "../src/cli/testing/program.ts";

interface Confirmed {
  readonly op: string | null;
  readonly wait: {
    readonly for: string;
    readonly confirmed: boolean;
    readonly by: readonly string[];
    readonly missing: readonly { readonly node: string; readonly why: string }[];
  } | null;
}

interface Pair {
  readonly hub: RunningNode;
  readonly hubDir: string;
  readonly laptop: RunningNode;
  /** Runs a command on the laptop. */
  readonly at: readonly ["--dir", string];
}

async function pairOf(context: { after(fn: () => unknown): void }): Promise<Pair> {
  const folder = temporaryFolder(context);
  const [hubDir, dir] = [join(folder, "hub"), join(folder, "laptop")];
  const hub = await RunningNode.start(["up", "--port", "0", "--dir", hubDir]);
  context.after(async () => await hub.stop());
  const { token } = await json<{ token: string }>(["invite", "--dir", hubDir]);
  const args = ["join", hub.ready.url, "--token", token, "--up", "--port", "0", "--dir", dir];
  const laptop = await RunningNode.start(args);
  context.after(async () => await laptop.stop());
  await json(["sync", "hub", "--wait-timeout", "30s", "--dir", dir]);
  return { hub, hubDir, laptop, at: ["--dir", dir] };
}

const usage = { code: "usage/invalid", exit: 2 };

async function refuses(
  args: readonly string[],
  expected: { readonly code: string; readonly exit: number },
): Promise<string> {
  const { code, exit, message } = await failure(args);
  assert.deepEqual({ code, exit }, expected, message);
  return message;
}

test("what a command has waited for is on the other node when it returns", async (context) => {
  const { hub, hubDir, laptop, at } = await pairOf(context);
  const hubId = hub.ready.node;
  const waited = async (who: string, ...args: string[]): Promise<Confirmed> => {
    const done = await json<Confirmed>([...args, "--wait", who, ...at]);
    const confirmed = { for: who, confirmed: true, by: [hubId], missing: [] };
    assert.deepEqual(done.wait, confirmed, args.join(" "));
    return done;
  };
  await waited("hub", "add", "One", "--id", "one", "--label", "old");
  await json(["show", "one", "--dir", hubDir]);
  await waited("all", "move", "one", "coding");
  await waited("quorum:2", "note", "one", "text");
  await waited(hubId.slice(0, 8), "label", "one", "-old", "+new");
  await waited(hub.ready.url, "set", "one", "priority=1");
  const same = await waited("hub", "set", "one", 'labels=["new"]');
  assert.equal(same.op, null, "there was nothing to change, and the hub has that");
  const file = join(temporaryFolder(context), "items.jsonl");
  writeFileSync(file, `${JSON.stringify({ id: "t-1", title: "T", status: "open" })}\n`);
  await waited("hub", "import", file);
  await waited("hub", "rm", "t-1");
  const plain = await json<Confirmed>(["note", "one", "more", ...at]);
  assert.equal(plain.wait, null);
  const sync = await json<{ inSync: boolean; peers: readonly PeerStatus[] }>(["sync", ...at]);
  assert.deepEqual([sync.inSync, sync.peers.map(({ node }) => node)], [true, [hubId]]);
  const table = await towline(["peers", ...at]);
  assert.match(table.stdout, /live +in sync/u);
  const [peer] = await json<PeerStatus[]>(["peers", "--dir", hubDir]);
  assert.deepEqual([peer?.node, peer?.inSync], [laptop.ready.node, true]);
  assert.deepEqual(peer?.lag, { missingThere: 0, missingHere: 0, isExact: true });
});

test("when the hub is away, the change is kept, the exit code says so, and it arrives later", async (context) => {
  const { hub, hubDir, at } = await pairOf(context);
  await json(["add", "Early", "--id", "early", "--wait", "hub", ...at]);
  await hub.stop("SIGKILL");
  const late = ["add", "Late", "--id", "late", "--wait", "hub", "--wait-timeout", "1s", ...at];
  const { code, stdout, stderr } = await towline([...late, "--json"]);
  assert.equal(code, 5);
  assert.match(stderr, /"code":"wait\/not-reached".*not connected.*durable here.*will be sent/u);
  const { wait } = JSON.parse(stdout) as Confirmed;
  assert.deepEqual([wait?.confirmed, wait?.by], [false, []]);
  assert.deepEqual(
    wait?.missing.map(({ node, why }) => [node, why]),
    [[hub.ready.node, "is not connected"]],
  );
  await json(["show", "late", ...at]);
  const status = await json<NodeStatus>(["status", ...at]);
  assert.match(status.sync.text, /^in sync with 0 of 1 peer; .* by its last word it lacks 1 op$/u);
  const [row] = status.peers;
  assert.deepEqual([row?.inSync, row?.lag?.missingThere], [null, 1]);
  const table = await towline(["peers", ...at]);
  assert.match(table.stdout, /behind by 1, \d+ s ago/u);
  const message = await refuses(["sync", "--wait-timeout", "1s", ...at], {
    code: "wait/not-synced",
    exit: 5,
  });
  assert.match(message, /is not connected/u);
  const { port } = new URL(hub.ready.http);
  const again = await RunningNode.start(["up", "--port", port, "--dir", hubDir]);
  context.after(async () => await again.stop());
  await json(["sync", "--wait-timeout", "60s", ...at]);
  const items = await json<{ item: string }[]>(["list", "--dir", hubDir]);
  assert.deepEqual(items.map(({ item }) => item).sort(), ["early", "late"]);
  const after = await json<NodeStatus>(["status", ...at]);
  assert.equal(after.sync.text, "in sync with 1 of 1 peer");
  const text = await towline(["status", ...at]);
  assert.match(text.stdout, /^sync +in sync with 1 of 1 peer$/mu);
});

test("what nobody could ever confirm is refused, and nothing is written", async (context) => {
  const { hubDir, at } = await pairOf(context);
  const alone = join(temporaryFolder(context), "alone");
  await json(["init", "--dir", alone]);
  const add = (who: string, ...args: string[]): string[] => ["add", "X", "--wait", who, ...args];
  const noPeer = { code: "wait/no-peer", exit: 3 };
  const noNode = { code: "wait/no-node", exit: 5 };
  const messages = await Promise.all([
    refuses(add("hub", "--dir", alone), noNode),
    refuses(["sync", "--dir", alone], noNode),
    refuses(add("hub", "--dir", hubDir), noPeer),
    refuses(add("ab".repeat(32), ...at), noPeer),
    refuses(["sync", "abcd", ...at], noPeer),
    refuses(add("nobody", ...at), usage),
    refuses(add("hub", "--wait-timeout", "soon", ...at), usage),
    refuses(["add", "X", "--wait-timeout", "5s", ...at], usage),
    refuses(["sync", "quorum:2", ...at], usage),
  ]);
  assert.match(messages[0], /Nothing was written.*towline up/u);
  for (const dir of [alone, hubDir]) assert.deepEqual(await json(["list", "--dir", dir]), []);
});
