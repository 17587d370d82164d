/** The command line as scripts rely on it: real processes, alone and through a node that runs. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { json, RunningNode, temporaryFolder, towline } from "../src/cli/testing/program.ts";

type Row = Readonly<Record<string, unknown>>;
const hex64 = /^[0-9a-f]{64}$/u;
const isHex = (value: unknown): boolean => typeof value === "string" && hex64.test(value);

test("without a node running, each command opens the store itself", async (context) => {
  const cwd = temporaryFolder(context);
  const dir = join(cwd, ".towline");
  const made = await json<Row>(["init", "--name", "one"], { cwd });
  assert.deepEqual(Object.keys(made), ["node", "mesh", "dir", "mcp"]);
  assert(isHex(made["node"]) && isHex(made["mesh"]));
  assert.equal(made["dir"], dir);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  assert.equal(statSync(join(dir, "key")).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(dir, ".gitignore"), "utf8"), "*\n");

  const added = await json<Row>(["add", "Fix the login", "--priority", "1", "--label", "ui"], {
    cwd: join(cwd, ".towline"),
  });
  assert.match(String(added["item"]), /^fix-the-login-[2-9a-z]{7}$/u);
  await json(["add", "Second", "--id", "two", "--field", "x_cost=3.5"], { cwd });
  const rows = await json<Row[]>(["list"], { env: { TOWLINE_DIR: dir } });
  assert.deepEqual(
    rows.map(({ title, stage, x_cost: cost }) => [title, stage, cost]),
    [
      ["Fix the login", "backlog", undefined],
      ["Second", "backlog", 3.5],
    ],
  );
  const digest = await json<Row>(["digest", "--dir", dir]);
  assert(isHex(digest["state"]) && isHex(digest["ops"]));
  assert.deepEqual([digest["count"], digest["items"]], [3, 2]);
  const status = await json<Row>(["status"], { cwd });
  assert.deepEqual([status["name"], status["running"], status["url"]], ["one", false, null]);
});

describe("through a node that runs", () => {
  let cwd = "";
  let node: RunningNode;
  const cleanups: (() => void)[] = [];

  before(async () => {
    cwd = temporaryFolder({ after: (fn) => cleanups.push(fn) });
    node = await RunningNode.start(["up", "--port", "0"], { cwd });
  });
  after(async () => {
    await node.stop();
    for (const cleanup of cleanups) cleanup();
  });

  test("up founds a mesh in a fresh folder and prints one line when it accepts connections", () => {
    const { event, node: id, mesh, url, http, pid } = node.ready;
    assert.equal(event, "ready");
    assert(isHex(id) && isHex(mesh) && pid > 0);
    assert.match(url, /^ws:\/\/127\.0\.0\.1:\d+\/crdt-sync$/u);
    assert.equal(`${http}/crdt-sync`, url.replace("ws:", "http:"));
    const socket = join(cwd, ".towline", "run", "node.sock");
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    assert.equal(statSync(join(socket, "..")).mode & 0o777, 0o700);
  });

  test("an item goes through its life, and every step prints the item", async () => {
    const run = async (...args: string[]): Promise<Row> => await json<Row>(args, { cwd });
    await run("add", "Würfel 立方体", "--id", "cube", "--description", "-", "--actor", "alice");
    assert.equal((await run("move", "cube", "coding"))["stage"], "coding");
    const set = await run(
      ...["set", "cube", "estimate=5", 'x_map={"a":[1,2]}', "external_ref=007", "retries+=2"],
      ...["depends_on+=a.1", 'labels=["x","y"]', "assignee=bob"],
    );
    assert.deepEqual(
      [set["estimate"], set["x_map"], set["external_ref"], set["retries"]],
      [5, { a: [1, 2] }, "007", 2],
    );
    const cleared = await run("set", "cube", "assignee=null", "retries=1", "depends_on-=a.1");
    assert.deepEqual(
      [cleared["assignee"], cleared["retries"], cleared["depends_on"]],
      [undefined, 1, undefined],
    );
    assert.deepEqual((await run("label", "cube", "+z", "-x", "w"))["labels"], ["w", "y", "z"]);
    await run("note", "cube", "first\nsecond");
    const shown = await run("show", "cu");
    assert.deepEqual(Object.keys(shown).slice(0, 3), ["item", "stage", "title"]);
    assert.equal(shown["title"], "Würfel 立方体");
    const notes = shown["notes"] as Row[];
    assert.deepEqual(
      notes.map(({ actor, text }) => [actor, text]),
      [["tester", "first\nsecond"]],
    );
    const log = await json<Row[]>(["log", "cube"], { cwd });
    assert.equal(log.length, 6);
    const members = ["author", "seq", "prev", "lamport", "time", "deps", "actor", "body", "sig"];
    for (const op of log) assert.deepEqual(Object.keys(op).sort(), [...members, "id"].sort());
    assert.equal(log[0]?.["actor"], "alice");
    assert.equal((await run("rm", "cube"))["deleted"], true);
    assert.deepEqual(await json(["list", "--search", "cube"], { cwd }), []);
  });

  test("a description comes from stdin, and list filters", async () => {
    const input = "line one\nline two\n";
    await towline(["add", "Piped", "--id", "p1", "--description", "-"], { cwd, input });
    await json(["add", "Other", "--id", "p2", "--stage", "archived", "--label", "old"], { cwd });
    const shown = await json<Row>(["show", "p1"], { cwd });
    assert.equal(shown["description"], "line one\nline two");
    const ids = async (...args: string[]): Promise<unknown[]> =>
      (await json<Row[]>(["list", ...args], { cwd })).map(({ item }) => item);
    const found = await Promise.all([
      ids(),
      ids("--stage", "backlog"),
      ids("--label", "old"),
      ids("--archived"),
      ids("--search", "LINE TWO"),
      ids("--limit", "1"),
    ]);
    assert.deepEqual(found, [["p1", "p2"], ["p1"], ["p2"], ["p2"], ["p1"], ["p1"]]);
    const table = await towline(["list"], { cwd });
    assert.match(table.stdout, /^ITEM +STAGE .*\np1 .*Piped/u);
    assert(!table.stdout.includes("p2"));
    assert.match(table.stderr, /1 archived not shown/u);
  });

  test("import takes a tracker export, reports, and says with its exit code that a line was bad", async () => {
    const file = join(cwd, "items.jsonl");
    const lines = [
      { id: "t-1", title: "One", status: "open", priority: 2, issue_type: "bug" },
      { id: "t-2", title: "Two", status: "closed", labels: ["a"] },
    ].map((entry) => JSON.stringify(entry));
    writeFileSync(file, `${lines.join("\n")}\n`);
    const report = await json<Row>(["import", "items.jsonl"], { cwd });
    assert.deepEqual([report["format"], report["created"], report["ops"]], ["items", 2, 2]);
    const again = await json<Row>(["import", file], { cwd });
    assert.deepEqual([again["skipped"], again["ops"]], [2, 0]);
    writeFileSync(file, `${lines.join("\n")}\nnot json\n`);
    const bad = await towline(["import", file, "--json"], { cwd });
    assert.equal(bad.code, 1);
    const problems = (JSON.parse(bad.stdout) as Row)["problems"] as Row[];
    assert.equal(problems[0]?.["line"], 3);
    assert(bad.stderr.includes('"code":"import/bad-lines"'), bad.stderr);
    const { stage } = await json<Row>(["show", "t-2"], { cwd });
    assert.equal(stage, "done");
  });

  test("what export writes, import takes back, into a fresh folder as well", async (context) => {
    const copy = join(temporaryFolder(context), "copy");
    const out = join(cwd, "all.jsonl");
    const done = await json<Row>(["export", "--out", out], { cwd });
    const { stdout } = await towline(["export"], { cwd });
    assert.equal(stdout, readFileSync(out, "utf8"));
    assert.equal(stdout.trimEnd().split("\n").length, done["ops"]);
    for (const line of stdout.trimEnd().split("\n")) {
      assert(!("id" in (JSON.parse(line) as Row)), "WIRE.md section 4 has no id");
    }
    const report = await json<Row>(["import", out, "--dir", copy]);
    assert.deepEqual([report["format"], report["ops"]], ["ops", done["ops"]]);
    const [here, there] = await Promise.all([
      json(["digest"], { cwd }),
      json(["digest", "--dir", copy]),
    ]);
    assert.deepEqual(there, here);
    const again = await json<Row>(["import", out, "--dir", copy]);
    assert.deepEqual([again["ops"], again["known"]], [0, done["ops"]]);
    const verified = await json<Row>(["verify", "--dir", copy]);
    assert.deepEqual([verified["ops"], verified["problems"]], [done["ops"], []]);
  });

  test("invite, join, peers and status: a second node has what the first one has", async (context) => {
    const second = join(temporaryFolder(context), "second");
    const invite = await json<Row>(["invite", "--ttl", "2h"], { cwd });
    const [token, url, command] = ["token", "url", "command"].map((name) => String(invite[name]));
    assert.equal(url, node.ready.url);
    assert(Number(invite["expires"]) > Date.now());
    assert(command?.includes(`join ${url} --token ${token} --key ${node.ready.node}`));
    const args = ["join", url, "--token", String(token), "--key", node.ready.node];
    const joined = await json<Row>([...args, "--dir", second, "--name", "two"]);
    assert.equal(joined["mesh"], node.ready.mesh);
    const [here, there] = await Promise.all([
      json(["digest"], { cwd }),
      json(["digest", "--dir", second]),
    ]);
    assert.deepEqual(there, here);
    assert.match(readFileSync(join(second, "towline.toml"), "utf8"), /^rendezvous = \["ws:/mu);

    const other = await RunningNode.start(["up", "--port", "0", "--dir", second]);
    context.after(async () => {
      await other.stop();
    });
    await json(["add", "From the second", "--id", "from-two", "--dir", second]);
    await eventually(async () => (await towline(["show", "from-two"], { cwd })).code === 0);
    const peers = await json<Row[]>(["peers"], { cwd });
    const row = peers.find((peer) => peer["node"] === other.ready.node);
    assert.deepEqual(
      [row?.["direction"], row?.["state"], row?.["version"], row?.["trusted"]],
      ["in", "live", 3, true],
    );
    const status = await json<Row>(["status"], { cwd });
    for (const member of ["node", "mesh", "name", "ops", "items", "pending", "rejected", "forks"]) {
      assert(member in status, member);
    }
    assert(Array.isArray(status["peers"]));
    // Joining again goes through the node that runs, and changes nothing.
    const again = await json<Row>(["join", url, "--dir", second]);
    assert.equal(again["node"], other.ready.node);
  });

  test("the secret of an invite is nowhere in the log, nor in the folder", async () => {
    const { token } = await json<{ token: string }>(["invite"], { cwd });
    assert(!node.log.includes(token));
    for (const file of ["towline.db", "towline.db-wal", "towline.toml"]) {
      const path = join(cwd, ".towline", file);
      assert(!existsSync(path) || !readFileSync(path, "latin1").includes(token), file);
    }
  });

  test("many commands at once take their turns", async () => {
    const titles = Array.from({ length: 6 }, (_, at) => `Crowd ${at}`);
    await Promise.all(titles.map((title) => json(["add", title, "--label", "crowd"], { cwd })));
    const rows = await json<Row[]>(["list", "--label", "crowd"], { cwd });
    assert.deepEqual(rows.map(({ title }) => title).sort(), titles);
  });
});

test("commands that open the store wait for each other; SIGTERM ends a node with 0", async (context) => {
  const cwd = temporaryFolder(context);
  await json(["init"], { cwd });
  await Promise.all([1, 2, 3].map((each) => json(["add", `Item ${each}`], { cwd })));
  const node = await RunningNode.start(["up", "--port", "0"], { cwd });
  const { count } = await json<{ count: number }>(["digest"], { cwd });
  assert.equal(count, 4);
  const begun = performance.now();
  assert.equal(await node.stop("SIGTERM"), 0);
  assert(performance.now() - begun < 5_000);
  assert(!existsSync(join(cwd, ".towline", "run", "node.sock")));
});

test("a socket that a killed node left is of no harm", async (context) => {
  const cwd = temporaryFolder(context);
  const node = await RunningNode.start(["up", "--port", "0"], { cwd });
  await node.stop("SIGKILL");
  assert(existsSync(join(cwd, ".towline", "run", "node.sock")));
  await json(["add", "After the crash"], { cwd });
  const next = await RunningNode.start(["up", "--port", "0"], { cwd });
  assert.equal((await json<Row[]>(["list"], { cwd })).length, 1);
  assert.equal(await next.stop("SIGINT"), 0);
});

test("start prints the command that a second node joins with, and it works as printed", async (context) => {
  const cwd = temporaryFolder(context);
  const first = await RunningNode.start(["start", "--port", "0"], { cwd });
  context.after(async () => {
    await first.stop();
  });
  const { command } = await json<{ command: string }>(["invite"], { cwd });
  const args = command.slice(command.indexOf("join ")).split(" ");
  assert.deepEqual(args.slice(-5), ["--up", "--dir", ".towline-2", "--port", "0"]);
  const second = await RunningNode.start(args, { cwd });
  assert.equal(second.ready.mesh, first.ready.mesh);
  assert.notEqual(second.ready.node, first.ready.node);
  assert.equal(await second.stop(), 0);
});

test("up --rendezvous joins when it can, and leaves the file as it is", async (context) => {
  const folder = temporaryFolder(context);
  const hub = await RunningNode.start(["up", "--port", "0", "--dir", join(folder, "hub")]);
  context.after(async () => {
    await hub.stop();
  });
  const spoke = join(folder, "spoke");
  const { token } = await json<{ token: string }>(["invite", "--dir", join(folder, "hub")]);
  const args = ["up", "--port", "0", "--dir", spoke, "--rendezvous", hub.ready.url];
  const node = await RunningNode.start(args, { env: { TOWLINE_TOKEN: token } });
  assert.equal(node.ready.mesh, hub.ready.mesh);
  assert(!/^rendezvous/mu.test(readFileSync(join(spoke, "towline.toml"), "utf8")));
  assert(!node.log.includes(token));
  assert.equal(await node.stop(), 0);
});

test("a data folder with a long name has its socket elsewhere, for its user alone", async (context) => {
  const dir = join(temporaryFolder(context), "x".repeat(120));
  const node = await RunningNode.start(["up", "--port", "0", "--dir", dir]);
  assert(!existsSync(join(dir, "run", "node.sock")));
  const status = await json<Row>(["status", "--dir", dir]);
  assert.deepEqual([status["running"], status["pid"]], [true, node.ready.pid]);
  assert.equal(await node.stop(), 0);
});

test("token and config need no node; a token's text is in no file", async (context) => {
  const cwd = temporaryFolder(context);
  const made = await json<{ token: string; key: string }>(["token"], { cwd });
  assert.match(made.token, /^tow_/u);
  assert(isHex(made.key));
  await json(["init"], { cwd });
  writeFileSync(join(cwd, ".towline", "towline.toml"), `tokens = ["${made.key}"]\nopen = true\n`);
  const config = await json<Record<string, { value: unknown; source: string }>>(["config"], {
    cwd,
    env: { TOWLINE_LISTEN: "127.0.0.1:5000", TOWLINE_PORT: "5001" },
  });
  assert.deepEqual(config["tokens"]?.value, [made.key]);
  assert.match(String(config["open"]?.source), /towline\.toml, line 2$/u);
  assert.deepEqual(config["listen"], {
    value: "127.0.0.1:5001",
    source: "TOWLINE_PORT, TOWLINE_LISTEN",
  });
  chmodSync(join(cwd, ".towline", "towline.toml"), 0o600);
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    assert(performance.now() < deadline, "it has not come about in 10 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
