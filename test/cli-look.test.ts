/** Looking at a node from the command line: what happens, what happened, what differs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import {
  failure,
  json,
  RunningNode,
  spawnTowline,
  temporaryFolder,
  towline,
} from "../src/cli/testing/program.ts";

type Row = Readonly<Record<string, unknown>>;

describe("on a node that runs", () => {
  let node: RunningNode;
  let at: readonly string[] = [];
  const cleanups: (() => void)[] = [];

  before(async () => {
    const dir = join(temporaryFolder({ after: (fn) => cleanups.push(fn) }), "node");
    node = await RunningNode.start(["up", "--port", "0", "--dir", dir, "--name", "hub"]);
    at = ["--dir", dir];
    await json(["add", "Fix the login", "--id", "a", "--priority", "3", ...at]);
    await json(["set", "a", "priority=1", ...at]);
  });
  after(async () => {
    await node.stop();
    for (const cleanup of cleanups) cleanup();
  });

  test("log, blame and show tell of the past, undo takes it back", async () => {
    const { stdout: log } = await towline(["log", "a", ...at]);
    assert.match(log, /tester@hub {2}created "Fix the login" in backlog, priority 3\n/u);
    assert.match(log, /tester@hub {2}priority 3 → 1\n$/u);
    const early = await towline(["log", "--at", "2 ops", ...at]);
    assert.equal(early.stdout.trim().split("\n").length, 2);
    const was = await json<Row>(["show", "a", "--at", "2 ops", ...at]);
    assert.deepEqual([was["priority"], was["claim"]], [3, null]);
    const { code } = await failure(["show", "a", "--at", "1 ops", ...at]);
    assert.equal(code, "item/unknown");
    const rows = await json<Row[]>(["blame", "a", ...at]);
    const priority = rows.find(({ field }) => field === "priority");
    assert.deepEqual([priority?.["value"], priority?.["node"]], [1, "hub"]);
    const moments = await json<Row[]>(["diff", "--from", "2 ops", ...at]);
    assert.deepEqual(moments[0]?.["fields"], [{ field: "priority", before: 3, after: 1 }]);
    const undone = await json<Row>(["undo", "a", ...at]);
    assert.equal(undone["undid"], priority?.["op"]);
    assert.equal((await json<Row>(["show", "a", ...at]))["priority"], 3);
    const nothing = await failure(["undo", "a", "--actor", "eve", ...at]);
    assert.deepEqual([nothing.code, nothing.exit], ["undo/nothing", 3]);
  });

  test("watch prints each change as it happens, and ends when it has seen enough", async () => {
    const child = spawnTowline(["watch", "--json", "--limit", "2", ...at]);
    assert(child.stdout !== null);
    const lines: Row[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(JSON.parse(line) as Row);
    });
    const closed = once(child, "close");
    // It cannot say that it watches: so something happens until it has seen enough.
    for (let at2 = 1; child.exitCode === null && at2 < 100; at2 += 1) {
      await json(["note", "a", `note ${at2}`, ...at]);
    }
    assert.deepEqual(await closed, [0, null]);
    const [first, second, ...more] = lines;
    assert(first !== undefined && second !== undefined && more.length === 0);
    assert.deepEqual(first["items"], ["a"]);
    assert.match(String((first["text"] as unknown[])[0]), /^noted: "note \d+"$/u);
    assert.equal(Number(second["index"]), Number(first["index"]) + 1);
  });

  test("open prints a URL that lets a browser in", async () => {
    const { url, opened } = await json<{ url: string; opened: boolean }>([
      "open",
      "--print",
      ...at,
    ]);
    assert.equal(opened, false);
    assert.equal(new URL(url).origin, node.ready.http);
    assert.ok(new URL(url).hash.length > 20);
  });

  test("peers --watch prints a look at a time", async () => {
    const look = await json<Row>(["peers", "--watch", "--limit", "1", ...at]);
    assert.deepEqual(look["peers"], []);
    const { stdout } = await towline(["peers", "--watch", "--limit", "1", ...at]);
    assert.match(stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\(Ctrl-C ends\)\nno peers yet/u);
    const wrong = await failure(["peers", "--limit", "2", ...at]);
    assert.equal(wrong.code, "usage/invalid");
  });

  test("status says in its first line how things are", async () => {
    const { stdout } = await towline(["status", ...at]);
    assert.match(stdout, /^hub {2}all is well, and no other node is connected or dialled\n/u);
    assert.match(stdout, /^version +\d+\.\d+\.\d+, running as process \d+ for /mu);
    assert.match(stdout, /^store +1 item, \d+ ops, [\d.]+ KiB, /mu);
  });
});

test("service install prints the unit that it would write", async (context) => {
  const folder = temporaryFolder(context);
  const dir = join(folder, "node");
  await json(["init", "--dir", dir]);
  const env = { XDG_CONFIG_HOME: join(folder, "config") };
  const dry = await json<Row>(["service", "install", "--dry-run", "--dir", dir], { env });
  const path = join(folder, "config", "systemd", "user", "towline.service");
  assert.deepEqual([dry["path"], dry["written"]], [path, false]);
  assert.match(String(dry["unit"]), /^ExecStart=\S+ \S+main\.ts up --dir \S+$/mu);
  assert.equal(existsSync(path), false);
  const both = await failure(["service", "install", "--user", "--system", "--dir", dir]);
  assert.equal(both.code, "usage/invalid");
});

test("doctor ends with 0 when nothing fails, else with 1, and says why", async (context) => {
  const dir = join(temporaryFolder(context), "node");
  await json(["init", "--dir", dir]);
  const well = await json<Row[]>(["doctor", "--dir", dir], { env: { TOWLINE_PORT: "0" } });
  assert.ok(well.length > 8 && well.every(({ state }) => state === "ok"), JSON.stringify(well));
  chmodSync(join(dir, "key"), 0o644);
  const ill = await towline(["doctor", "--dir", dir], { env: { TOWLINE_PORT: "0" } });
  assert.equal(ill.code, 1);
  assert.match(
    ill.stdout,
    /^FAIL {2}key +others can read .*\n +→ if nobody has, run: chmod 600 /mu,
  );
  const { code } = await failure(["doctor", "--dir", dir], { env: { TOWLINE_PORT: "0" } });
  assert.equal(code, "doctor/failed");
});

test("without a node that runs nothing can be watched", async (context) => {
  const dir = join(temporaryFolder(context), "node");
  await json(["init", "--dir", dir]);
  for (const args of [["watch"], ["peers", "--watch"]]) {
    const { code, exit } = await failure([...args, "--dir", dir]);
    assert.deepEqual([code, exit], ["wait/no-node", 5]);
  }
});

test("diff compares with another folder, and with a node over its HTTP API", async (context) => {
  const folder = temporaryFolder(context);
  const [one, other] = [join(folder, "one"), join(folder, "other")];
  for (const dir of [one, other]) {
    await json(["init", "--dir", dir]);
    await json(["add", "Same", "--id", "same", "--dir", dir]);
  }
  const at = ["--dir", one];
  assert.deepEqual(await json(["diff", "--with", other, ...at]), []);
  await json(["set", "same", "priority=1", "--dir", other]);
  await json(["add", "There", "--id", "there", "--dir", other]);
  const { stdout, stderr, code } = await towline(["diff", "--with", other, ...at]);
  assert.equal(code, 1);
  assert.ok(stderr.includes("diff/differs"), stderr);
  assert.equal(stdout, "same  Same\n  priority  here nothing, there 1\nthere  There  only there\n");
  const peer = await fakePeer(context);
  const shown = await towline(["diff", "--peer", peer, "--token", "right", "--json", ...at]);
  const rows = JSON.parse(shown.stdout) as Row[];
  assert.deepEqual(
    rows.map(({ item, change }) => [item, change]),
    [
      ["far", "created"],
      ["same", "deleted"],
    ],
  );
  const error = await failure(["diff", "--peer", peer, "--token", "wrong", ...at]);
  assert.equal(error.code, "http/unauthenticated");
  assert.match(error.message, /--token/u);
  const nobody = await failure(["diff", "--peer", "http://127.0.0.1:1", ...at]);
  assert.deepEqual([nobody.code, nobody.exit], ["dial/unreachable", 5]);
  const vague = await failure(["diff", "--peer", peer, "--with", other, ...at]);
  assert.equal(vague.code, "usage/invalid");
});

/** Answers as the API of a node does: one item on each of two pages. */
async function fakePeer(context: { after(fn: () => void): void }): Promise<string> {
  const server = createServer((request, response) => {
    const isRight = request.headers.authorization === "Bearer right";
    const isLast = new URL(request.url ?? "", "http://x").searchParams.has("cursor");
    const problem = { status: 401, code: "http/unauthenticated", detail: "Not this token." };
    const items = isLast ? [{ item: "far", fields: { title: "Far" } }] : [];
    const page = { items, next: isLast ? null : "more", asOf: "0" };
    response.writeHead(isRight ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(isRight ? page : problem));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/crdt-sync`;
}
