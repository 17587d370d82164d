/** What goes wrong on the command line: its code, its exit code, and that nothing is lost by it. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { opSum } from "../src/adapters/sqlite-store-sums.ts";
import {
  failure,
  json,
  RunningNode,
  spawnTowline,
  temporaryFolder,
  towline,
} from "../src/cli/testing/program.ts";
import type { Signature } from "../src/op/op.ts";

type Row = Readonly<Record<string, unknown>>;

async function refuses(
  args: readonly string[],
  expected: { readonly code: string; readonly exit: number; readonly says?: RegExp },
  options: Parameters<typeof failure>[1] = {},
): Promise<void> {
  const { code, exit, message } = await failure(args, options);
  assert.deepEqual({ code, exit }, { code: expected.code, exit: expected.exit }, message);
  if (expected.says !== undefined) assert.match(message, expected.says);
}

describe("a command line that is wrong", () => {
  const usage = { code: "usage/invalid", exit: 2 };

  test("is refused with what was wrong, as JSON when that is asked for", async () => {
    await Promise.all([
      refuses(["lst"], { ...usage, says: /unknown command 'lst'.*list/iu }),
      refuses(["list", "--nope"], { ...usage, says: /--nope/u }),
      refuses(["show"], { ...usage, says: /item/u }),
      refuses(["list", "--limit", "many"], { ...usage, says: /--limit/u }),
      refuses(["invite", "--ttl", "soon"], { ...usage, says: /24h/u }),
      refuses(["join", "ws://127.0.0.1:1", "--key", "short"], { ...usage, says: /--key/u }),
    ]);
  });

  test("is explained to people in two lines at most, without a stack", async () => {
    const { code, stdout, stderr } = await towline(["show", "x", "--dir", "/nonexistent/place"]);
    assert.deepEqual([code, stdout], [3, ""]);
    const lines = stderr.split("\n");
    assert.equal(lines.length, 3);
    assert.match(lines[0] ?? "", /^towline: There is no Towline node in .* \(folder\/not-init/u);
    assert.match(lines[1] ?? "", /^ {9}Run "towline init" or "towline join" first\.$/u);
    const debug = await towline(["show", "x", "--dir", "/nonexistent/place", "--debug"]);
    assert.match(debug.stderr, /\n {4}at /u);
  });
});

describe("a folder that cannot be used", () => {
  test("is not there, or is the one around it", async (context) => {
    const cwd = temporaryFolder(context);
    const missing = { code: "folder/not-initialized", exit: 3 };
    await refuses(["list"], { ...missing, says: /towline init/u }, { cwd });
    await json(["init"], { cwd });
    await refuses(["list", "--dir", cwd], { ...missing, says: /There is one in .*\.towline/u });
    await refuses(["init"], { code: "folder/exists", exit: 4 }, { cwd });
    const file = join(cwd, "file");
    writeFileSync(file, "");
    const { exit } = await failure(["init", "--dir", file]);
    assert(exit !== 0);
  });

  test("has a key that others can read, that is damaged, or that is gone", async (context) => {
    const cwd = temporaryFolder(context);
    await json(["init"], { cwd });
    const key = join(cwd, ".towline", "key");
    const text = readFileSync(key);
    chmodSync(key, 0o644);
    await refuses(["list"], { code: "key/permissions", exit: 1, says: /chmod 600/u }, { cwd });
    chmodSync(key, 0o600);
    writeFileSync(key, "nonsense");
    await refuses(["list"], { code: "key/invalid", exit: 1 }, { cwd });
    assert.equal(readFileSync(key, "utf8"), "nonsense", "a damaged key is not replaced");
    writeFileSync(key, text);
    assert.deepEqual(await json(["list"], { cwd }), []);
  });

  test("has a damaged database", async (context) => {
    const cwd = temporaryFolder(context);
    await json(["init"], { cwd });
    const store = join(cwd, ".towline", "towline.db");
    writeFileSync(store, "this is no database, whatever its name says".repeat(200));
    await refuses(["list"], { code: "store/corrupt", exit: 1 }, { cwd });
    assert(readFileSync(store, "utf8").startsWith("this is no database"), "it stays as it is");
  });

  test("has an op whose signature is wrong: verify finds what the store's own sums do not", async (context) => {
    const cwd = temporaryFolder(context);
    await json(["init"], { cwd });
    await json(["add", "One"], { cwd });
    const db = new DatabaseSync(join(cwd, ".towline", "towline.db"));
    const row = db.prepare("SELECT n, bytes, sig FROM ops ORDER BY n DESC").get();
    const [n, bytes, sig] = [Number(row?.["n"]), row?.["bytes"], row?.["sig"]];
    assert(bytes instanceof Uint8Array && sig instanceof Uint8Array);
    sig[0] = (sig[0] ?? 0) ^ 1;
    const sum = opSum(n, { bytes, sig: sig as Signature });
    db.prepare("UPDATE ops SET sig = ?, sum = ? WHERE n = ?").run(sig, sum, n);
    db.close();
    await refuses(["verify"], { code: "verify/failed", exit: 1 }, { cwd });
    const { stdout } = await towline(["verify", "--json"], { cwd });
    const { problems } = JSON.parse(stdout) as { problems: Row[] };
    assert.deepEqual(
      problems.map(({ index, code }) => [index, code]),
      [[1, "op/signature-invalid"]],
    );
  });

  test("has a towline.toml with an unknown key or a bad value, which is named", async (context) => {
    const cwd = temporaryFolder(context);
    await json(["init"], { cwd });
    const file = join(cwd, ".towline", "towline.toml");
    const invalid = { code: "config/invalid", exit: 2 };
    writeFileSync(file, 'name = "n"\nrendezvouz = []\n');
    await refuses(["list"], { ...invalid, says: /line 2: there is no key "rendezvouz"/u }, { cwd });
    writeFileSync(file, `trusted_keys = ["${"0".repeat(64)}"]\n`);
    await refuses(["up", "--port", "0"], { ...invalid, says: /small order/u }, { cwd });
    writeFileSync(file, "");
    await refuses(["up", "--port", "70000"], { ...invalid, says: /--port/u }, { cwd });
    const env = { RENDEZVOUS_ERROR_THRESHOLD: "never" };
    await refuses(["up"], { ...invalid, says: /RENDEZVOUS_ERROR_THRESHOLD/u }, { cwd, env });
  });
});

describe("beside a node that runs", () => {
  let folder = "";
  let dir = "";
  let node: RunningNode;
  const cleanups: (() => void)[] = [];

  before(async () => {
    folder = temporaryFolder({ after: (fn) => cleanups.push(fn) });
    dir = join(folder, "node");
    node = await RunningNode.start(["up", "--port", "0", "--dir", dir]);
    await json(["add", "One", "--id", "one", "--dir", dir]);
    await json(["add", "Gone", "--id", "gone", "--dir", dir]);
    await json(["rm", "gone", "--dir", dir]);
  });
  after(async () => {
    await node.stop();
    for (const cleanup of cleanups) cleanup();
  });

  test("a second one on the folder is refused at once", async () => {
    const begun = performance.now();
    const inUse = { code: "folder/in-use", exit: 4 };
    await refuses(["up", "--port", "0", "--dir", dir], {
      ...inUse,
      says: /in use by process \d+/u,
    });
    assert(performance.now() - begun < 5_000);
  });

  test("a port that is taken is named, and the folder stays free", async (context) => {
    const other = join(temporaryFolder(context), "other");
    await json(["init", "--dir", other]);
    const { port } = new URL(node.ready.http);
    const taken = { code: "listen/port-taken", exit: 4, says: new RegExp(port, "u") };
    await refuses(["up", "--port", port, "--dir", other], taken);
    await json(["digest", "--dir", other]);
  });

  test("items and values that are wrong are refused, and the item stays as it was", async () => {
    const before = await json(["digest", "--dir", dir]);
    const [bad, unknown] = [
      { code: "write/invalid", exit: 2 },
      { code: "item/unknown", exit: 3 },
    ];
    const at = (...args: string[]): string[] => [...args, "--dir", dir];
    await Promise.all([
      refuses(at("show", "nope"), unknown),
      refuses(at("set", "nope", "title=x"), unknown),
      refuses(at("show", "gone"), unknown),
      refuses(at("note", "gone", "text"), { code: "item/deleted", exit: 4 }),
      refuses(at("add", "Again", "--id", "gone"), { code: "item/deleted", exit: 4 }),
      refuses(at("add", "Again", "--id", "one"), { code: "item/exists", exit: 4 }),
      refuses(at("add", "Bad", "--id", "no spaces"), bad),
      refuses(at("move", "one", "doing"), { ...bad, says: /backlog, coding/u }),
      refuses(at("set", "one", "stage=doing"), { ...bad, says: /backlog, coding/u }),
      refuses(at("set", "one", "titel=x"), { ...bad, says: /no field "titel".*title/u }),
      refuses(at("set", "one", "title+=x"), { ...bad, says: /title=VALUE/u }),
      refuses(at("set", "one", "retries=many"), { ...bad, says: /counter/u }),
      refuses(at("set", "one", "title"), { code: "usage/invalid", exit: 2 }),
    ]);
    const large = { input: "x".repeat(70_000) };
    const tooLarge = { code: "write/too-large", exit: 2 };
    await refuses(at("note", "one", "-"), tooLarge, large);
    assert.deepEqual(await json(at("digest")), before);
  });

  test("joining fails for a reason that is named, and leaves no half of a node", async (context) => {
    const fresh = join(temporaryFolder(context), "fresh");
    const { url, node: id } = node.ready;
    const at = (...args: string[]): string[] => ["join", ...args, "--dir", fresh];
    const token = "a-token-that-nobody-made";
    const { port } = new URL(node.ready.http);
    const web = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(web, "listening");
    const webUrl = `ws://127.0.0.1:${(web.address() as AddressInfo).port}/crdt-sync`;
    await refuses(at(url, "--token", token), { code: "join/not-admitted", exit: 4 });
    await refuses(at(url, "--token", "short"), { code: "token/invalid", exit: 2 });
    await refuses(at("ftp://host/x"), { code: "dial/url-invalid", exit: 2 });
    await refuses(at(`${url}?token=${token}`), { code: "dial/url-invalid", exit: 2 });
    await refuses(at("ws://127.0.0.1:1/crdt-sync"), { code: "dial/unreachable", exit: 5 });
    await refuses(at(`ws://127.0.0.1:${port}/elsewhere`), { code: "dial/refused", exit: 5 });
    await refuses(at(webUrl), { code: "dial/not-towline", exit: 5 });
    web.close();
    await refuses(at(url, "--key", "b".repeat(63) + "a"), { code: "join/pin-mismatch", exit: 4 });
    await refuses(["list", "--dir", fresh], { code: "folder/not-initialized", exit: 3 });
    const { token: right } = await json<{ token: string }>(["invite", "--dir", dir]);
    assert(!existsSync(join(fresh, "towline.toml")));
    await json(at(url, "--token", right, "--key", id));
    const another = join(folder, "another");
    await refuses(["join", url, "--token", right, "--dir", another], {
      code: "join/not-admitted",
      exit: 4,
    });
    await refuses(["join", url, "--dir", dir], { code: "join/own-node", exit: 4 });
    await json(["init", "--dir", join(folder, "elsewhere")]);
    await refuses(["join", url, "--token", right, "--dir", join(folder, "elsewhere")], {
      code: "join/other-mesh",
      exit: 4,
    });
  });

  test("an import that cannot be is refused before anything is written", async () => {
    const at = (path: string, ...args: string[]): string[] => ["import", path, "--dir", ...args];
    const strange = join(folder, "strange.jsonl");
    writeFileSync(strange, '{"some":"thing"}\n');
    const empty = join(folder, "empty");
    mkdirSync(empty);
    await refuses(at(strange, dir), { code: "import/unknown-format", exit: 2 });
    await refuses(at(empty, dir), { code: "import/unknown-format", exit: 2 });
    await refuses(at(join(folder, "nothing"), dir), { code: "import/unreadable", exit: 3 });
    const stranger = join(folder, "stranger");
    await json(["init", "--dir", stranger]);
    await json(["add", "Theirs", "--dir", stranger]);
    const out = join(folder, "theirs.jsonl");
    await json(["export", "--out", out, "--dir", stranger]);
    await refuses(at(out, dir), { code: "import/other-mesh", exit: 4 });
    // Without the founder's op nothing names the mesh, but no signature fits.
    writeFileSync(out, readFileSync(out, "utf8").split("\n").slice(1).join("\n"));
    await refuses(at(out, dir), { code: "import/other-mesh", exit: 4 });
    const fresh = join(folder, "fresh-import");
    await refuses(at(out, fresh), { code: "folder/not-initialized", exit: 3 });
  });

  test("a line of an export that was changed is named, and the others are imported", async () => {
    const out = join(folder, "changed.jsonl");
    await json(["export", "--out", out, "--dir", dir]);
    const lines = readFileSync(out, "utf8").trimEnd().split("\n");
    const last = JSON.parse(lines.at(-1) ?? "") as Row;
    lines[lines.length - 1] = JSON.stringify({ ...last, actor: "somebody else" });
    writeFileSync(out, `${lines.join("\n")}\n`);
    const copy = join(folder, "copy");
    const done = await towline(["import", out, "--dir", copy, "--json"]);
    assert.equal(done.code, 1, done.stderr);
    const report = JSON.parse(done.stdout) as Row;
    assert.equal(report["ops"], lines.length - 1);
    assert.deepEqual(
      (report["problems"] as Row[]).map(({ line, code }) => [line, code]),
      [[lines.length, "op/signature-invalid"]],
    );
  });
});

test("a fresh node keeps trying its rendezvous, louder in the end, and still ends with 0", async (context) => {
  const dir = join(temporaryFolder(context), "data");
  const args = ["up", "--port", "0", "--dir", dir, "--rendezvous", "ws://127.0.0.1:1", "--json"];
  const child = spawnTowline(args, { env: { RENDEZVOUS_ERROR_THRESHOLD: "2" } });
  assert(child.stderr !== null);
  const levels: unknown[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const { level, code } = JSON.parse(line) as Row;
    assert.equal(code, "dial/unreachable");
    levels.push(level);
    if (levels.length === 2) child.kill("SIGTERM");
  }
  assert.deepEqual(levels.slice(0, 2), ["warn", "error"]);
  if (child.exitCode === null) await once(child, "exit");
  assert.equal(child.exitCode, 0);
});
