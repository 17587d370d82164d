/** Machines and folders that are broken on purpose: each fault is named, with its fix. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { lockFolder } from "../../adapters/folder-lock.ts";
import { anyPort, newFolder, openFor } from "../../api/testing/folders.ts";
import { status } from "../../commands/node.ts";
import { run } from "../../commands/testing/run.ts";
import { examined, hubOf, joined, onlyProblem, settled } from "./testing/examined.ts";

function contentsOf(dir: string): unknown {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const stats = statSync(join(dir, name));
      const hash = createHash("sha256");
      if (stats.isFile()) hash.update(readFileSync(join(dir, name)));
      return [name, stats.mode, stats.mtimeMs, hash.digest("hex")];
    });
}

test("of a node that is well nothing is wrong, and nothing is changed", async (t) => {
  const hub = await hubOf(t);
  const dir = await joined(t, hub);
  const before = contentsOf(dir);
  const findings = await examined(dir);
  assert.deepEqual(
    findings.filter(({ state }) => state !== "ok"),
    [],
  );
  assert.deepEqual(contentsOf(dir), before);
  const checks = findings.map(({ check }) => check);
  assert.deepEqual(checks, [
    ...["node", "sqlite", "folder", "variables", "config", "disk", "key", "lock", "database"],
    ...["port", "running", "reach", "clock", "websocket", "handshake"],
  ]);
});

test("a node that runs is asked for what nobody else can see", async (t) => {
  const hub = await hubOf(t);
  const dir = await joined(t, hub);
  const settings = { rendezvous: [String(hub.url)] };
  const node = await openFor(t, dir, { listen: anyPort, settings });
  await node.whenSynced();
  const { result } = await run(node, status, {});
  const findings = await examined(dir, { running: { status: result, peers: node.peers() } });
  assert.deepEqual(
    findings.filter(({ state }) => state !== "ok"),
    [],
  );
  const text = findings.map(({ found }) => found).join("\n");
  assert.match(text, /held by the node that runs here, process \d+/u);
  assert.match(text, /open in the node; "towline verify" checks each/u);
  assert.match(text, /in sync with 1 of 1 peer/u);
  const old = {
    ...result,
    version: "0.0.1",
    rejected: 2,
    attention: [{ code: "rejected", text: "2 ops were refused" }],
  };
  const warned = await examined(dir, { running: { status: old, peers: node.peers() } });
  assert.deepEqual(
    warned.filter(({ state }) => state !== "ok").map(({ check, state }) => [check, state]),
    [
      ["running", "warn"],
      ["running", "warn"],
    ],
  );
});

describe("on this machine", () => {
  test("a key that others can read", async (t) => {
    const dir = settled(t);
    chmodSync(join(dir, "key"), 0o644);
    const found = /others can read or write the key file .*key \(mode 0644\)/u;
    await onlyProblem(dir, {}, { check: "key", found, fix: /chmod 600 .*key/u });
  });

  test("a key that is missing", async (t) => {
    const dir = settled(t);
    rmSync(join(dir, "key"));
    await onlyProblem(dir, {}, { check: "key", found: /is missing/u, fix: /backup/u });
  });

  test("a key that is damaged, and one of another node", async (t) => {
    const [dir, other] = [settled(t), settled(t)];
    const key = readFileSync(join(other, "key"));
    writeFileSync(join(dir, "key"), key.subarray(0, 40));
    await onlyProblem(dir, {}, { check: "key", found: /is damaged or no key/u, fix: /backup/u });
    writeFileSync(join(dir, "key"), key);
    const found = /the key is that of node .{8}, and the database that of .{8}/u;
    await onlyProblem(dir, {}, { check: "key", found, fix: /put back the key file/u });
  });

  test("a database that is damaged, and one that is gone", async (t) => {
    const dir = settled(t);
    const file = openSync(join(dir, "towline.db"), "r+");
    writeSync(file, Buffer.alloc(4_096, 0xff), 0, 4_096, 8_192);
    closeSync(file);
    const damage = { check: "database", found: /[Dd]amage/u, fix: /restore a backup/u };
    await onlyProblem(dir, {}, damage);
    rmSync(join(dir, "towline.db"));
    const gone = { check: "database", found: /is missing/u, fix: /join again/u };
    await onlyProblem(dir, {}, gone);
  });

  test("a typing error in towline.toml, in a key, in a value and in TOML itself", async (t) => {
    const dir = settled(t);
    const write = (text: string): void => writeFileSync(join(dir, "towline.toml"), text);
    write("rendevous = []\n");
    const found = /has the key "rendevous", which there is not/u;
    await onlyProblem(dir, {}, { check: "config", found, fix: /^write rendezvous/u });
    write('listen = "127.0.0.1:99999"\n');
    await onlyProblem(dir, {}, { check: "config", found: /line 1: `listen`/u, fix: /./u });
    write("name = \n");
    await onlyProblem(dir, {}, { check: "config", found: /line 1/u, fix: /TOML/u });
  });

  test("a variable that nothing reads", async (t) => {
    await onlyProblem(
      settled(t),
      { env: { TOWLINE_RENDEVOUS: "ws://x" } },
      {
        ...{ check: "variables", state: "warn" },
        ...{
          found: /nothing reads the variable TOWLINE_RENDEVOUS/u,
          fix: /TOWLINE_RENDEZVOUS meant/u,
        },
      },
    );
  });

  test("a disk that is nearly full, and one that is full", async (t) => {
    const dir = settled(t);
    const [found, fix] = [/MiB free/u, /free some room/u];
    const low = { check: "disk", state: "warn", found, fix } as const;
    await onlyProblem(dir, { freeBytes: 100 * 2 ** 20 }, low);
    await onlyProblem(dir, { freeBytes: 2 ** 20 }, { ...low, state: "fail" });
  });

  test("a folder that its owner may not write to, and one that is another user's", async (t) => {
    const dir = settled(t);
    chmodSync(dir, 0o500);
    const found = /its owner may not write .* \(mode 0500\)/u;
    // Only root may still do all the rest.
    const findings = await examined(dir);
    chmodSync(dir, 0o700);
    const problem = findings.find(({ check }) => check === "folder");
    assert.match(problem?.found ?? "", found);
    assert.match(problem?.fix ?? "", /chmod 700/u);
    chmodSync(dir, 0o755);
    const open = {
      check: "folder",
      state: "warn",
      found: /others may look/u,
      fix: /chmod 700/u,
    } as const;
    await onlyProblem(dir, {}, open);
    chmodSync(dir, 0o700);
    const uid = (process.getuid?.() ?? 0) + 1;
    const foreign = { check: "folder", found: /belongs to the user/u, fix: /chown -R/u };
    await onlyProblem(dir, { uid }, foreign);
  });

  test("no folder at all", async (t) => {
    const nowhere = join(newFolder(t), "nowhere");
    const findings = await examined(nowhere);
    const [problem] = findings.filter(({ state }) => state === "fail");
    assert.match(problem?.found ?? "", /there is no folder/u);
    assert.match(problem?.fix ?? "", /towline init/u);
  });

  test("a port that is taken, and by whom", async (t) => {
    const dir = settled(t);
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(dir, "towline.toml"), `listen = "127.0.0.1:${port}"\n`);
    server.on("connection", (socket) => socket.destroy());
    const who = process.platform === "linux" ? `process ${process.pid}` : "another process";
    const found = new RegExp(`:${port} is taken by ${who}`, "u");
    await onlyProblem(dir, {}, { check: "port", found, fix: /choose another port/u });
  });

  test("another Towline node on the port", async (t) => {
    const dir = settled(t);
    const hub = await hubOf(t);
    const { port } = new URL(String(hub.http));
    writeFileSync(join(dir, "towline.toml"), `listen = "127.0.0.1:${port}"\n`);
    await onlyProblem(dir, {}, { check: "port", found: /another Towline node/u, fix: /stop/u });
  });

  test("somebody who holds the folder and does not answer", async (t) => {
    const dir = settled(t);
    const lock = lockFolder(dir);
    t.after(lock.release);
    const found = new RegExp(`process ${process.pid} holds the folder`, "u");
    await onlyProblem(dir, {}, { check: "lock", state: "warn", found, fix: /kill \d+/u });
  });

  test("a Node that is too old", async (t) => {
    const old = { check: "node", found: /v20\.1\.0/u, fix: /Node 22\.18 or later/u };
    await onlyProblem(settled(t), { nodeVersion: "v20.1.0" }, old);
  });
});
