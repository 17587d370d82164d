/** Full, failing and read-only disks, and processes that are killed: what was committed stays. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { VerifiedOp } from "../op/op.ts";
import type { Store } from "../replica/store.ts";
import { lockFolder } from "./folder-lock.ts";
import { createKeyFile } from "./key-file.ts";
import { createSqliteStore, openSqliteStore } from "./sqlite-store.ts";
import { assertHolds, testOps, withCode } from "./testing/store-contract.ts";

function newFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "towline-full-"));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** A disk of its own of so many KiB; null, said loudly, where we may not mount one. */
function newDisk(context: TestContext, kib: number): string | null {
  const folder = newFolder(context);
  const options = ["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", folder];
  if (spawnSync("mount", options).status !== 0) {
    context.skip("NOT TESTED: this needs a disk of its own, and only root may mount one");
    return null;
  }
  return folder;
}

function unmount(folder: string): void {
  execFileSync("umount", [folder]);
}

/** Commits until the disk is full; what was kept. */
function fill(store: Store, kept: VerifiedOp[]): void {
  for (let round = 0; ; round += 1) {
    assert(round < 10_000, "the disk has an end");
    const ops = testOps({ seed: `fill ${kept.length}`, count: 1 + (round % 50) });
    try {
      store.commit({ ops, facts: [["round", String(kept.length)]] });
    } catch (error) {
      withCode("store/full")(error);
      return;
    }
    kept.push(...ops);
  }
}

/** The fact beside the last commit that was kept. */
function lastRound(kept: readonly VerifiedOp[], store: Store): [string, string][] {
  const round = store.facts().get("round");
  assert(round !== undefined && Number(round) < kept.length);
  return [["round", round]];
}

test("on a full disk commits fail whole, and work again when there is space", (context) => {
  const folder = newDisk(context, 3_000);
  if (folder === null) return;
  try {
    const path = join(folder, "towline.db");
    writeFileSync(join(folder, "filler"), Buffer.alloc(400_000));
    const store = createSqliteStore(path);
    const kept: VerifiedOp[] = [];
    fill(store, kept);
    assert(kept.length > 500);
    for (let round = 0; round < 3; round += 1) {
      const big = { ops: testOps({ seed: "big", count: 100 }), facts: [] };
      assert.throws(() => {
        store.commit(big);
      }, withCode("store/full"));
      assertHolds(store, { ops: kept, facts: lastRound(kept, store) });
    }
    rmSync(join(folder, "filler"));
    fill(store, kept);
    assertHolds(store, { ops: kept, facts: lastRound(kept, store) });
    store.close();
    const full = openSqliteStore(path);
    assertHolds(full, { ops: kept, facts: lastRound(kept, full) });
    full.close();
  } finally {
    unmount(folder);
  }
});

test("a full disk leaves no half of a store, a key or a lock", (context) => {
  const folder = newDisk(context, 200);
  if (folder === null) return;
  try {
    for (let room = 60; room >= 0; room -= 4) {
      writeFileSync(join(folder, "filler"), Buffer.alloc((200 - room) * 1_024 - 4_096));
      for (const make of [createSqliteStore, createKeyFile]) {
        const path = join(folder, "made");
        try {
          const made = make(path);
          if ("close" in made) made.close();
        } catch (error) {
          withCode("store/full")(error);
          assert.deepEqual(readdirSync(folder), ["filler"], `${make.name} with ${room} KiB`);
        }
        if (make === createSqliteStore && existsSync(path)) openSqliteStore(path).close();
        rmSync(path, { force: true });
      }
    }
    lockFolder(folder).release();
  } finally {
    unmount(folder);
  }
});

test("a folder that no lock fits into says that the disk is full", (context) => {
  const folder = newDisk(context, 200);
  if (folder === null) return;
  try {
    assert.throws(() => {
      for (;;) appendFileSync(join(folder, "filler"), Buffer.alloc(4_096));
    });
    assert.throws(() => lockFolder(folder), withCode("store/full"));
    rmSync(join(folder, "filler"));
    lockFolder(folder).release();
  } finally {
    unmount(folder);
  }
});

test("a disk that became read-only is refused, and what is on it stays", (context) => {
  const folder = newDisk(context, 3_000);
  if (folder === null) return;
  try {
    const path = join(folder, "towline.db");
    const store = createSqliteStore(path);
    store.commit({ ops: testOps({ seed: "read-only", count: 10 }), facts: [] });
    store.close();
    execFileSync("mount", ["-o", "remount,ro", folder]);
    assert.throws(() => openSqliteStore(path), withCode("folder/unwritable"));
    assert.throws(() => createSqliteStore(`${path}2`), withCode("folder/unwritable"));
    assert.throws(() => createKeyFile(join(folder, "key")), withCode("folder/unwritable"));
    assert.throws(() => lockFolder(folder), withCode("folder/unwritable"));
    assert.deepEqual(readdirSync(folder), ["towline.db"]);
  } finally {
    unmount(folder);
  }
});

/** Runs a store in a process of its own, which commits and says what it has committed. */
const writer = `
  const at = (name) => new URL(name, ${JSON.stringify(import.meta.url)});
  const { createSqliteStore, openSqliteStore } = await import(at("sqlite-store.ts"));
  const { testOps } = await import(at("testing/store-contract.ts"));
  const { existsSync, writeSync } = await import("node:fs");
  const path = process.argv[1];
  const store = existsSync(path) ? openSqliteStore(path) : createSqliteStore(path);
  let count = Array.from(store.ops()).length;
  for (;;) {
    store.commit({ ops: testOps({ seed: "from " + count, count: 20 }), facts: [] });
    count += 20;
    writeSync(1, count + "\\n");
  }
`;

function written(count: number): VerifiedOp[] {
  const ops: VerifiedOp[] = [];
  for (let from = 0; from < count; from += 20)
    ops.push(...testOps({ seed: `from ${from}`, count: 20 }));
  return ops;
}

test("a process killed while it commits has every commit that returned", async (context) => {
  const path = join(newFolder(context), "towline.db");
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", writer, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (text: Buffer) => {
      said += text.toString("latin1");
      if (said.split("\n").length > 40 + 10 * round) child.kill("SIGKILL");
    });
    await once(child, "close");
    const acknowledged = Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
    const store = openSqliteStore(path);
    const count = Array.from(store.ops()).length;
    assert(acknowledged > 0 && count >= acknowledged, `${count} of ${acknowledged}`);
    assertHolds(store, { ops: written(count) });
    store.close();
  }
});

/** Commits, then more than its files may grow to, then a little that would fit. */
const limited = `
  const at = (name) => new URL(name, ${JSON.stringify(import.meta.url)});
  const { openSqliteStore } = await import(at("sqlite-store.ts"));
  const { testOps } = await import(at("testing/store-contract.ts"));
  const store = openSqliteStore(process.argv[1]);
  for (const count of [20, 2000, 20]) {
    try {
      store.commit({ ops: testOps({ seed: "from 0", count }), facts: [] });
      console.log("done");
    } catch (error) {
      console.log(error.code);
    }
  }
  console.log(Array.from(store.ops()).length);
  store.close();
`;

test("after a write that the disk refused, nothing more is written", (context) => {
  const path = join(newFolder(context), "towline.db");
  createSqliteStore(path).close();
  // A limit on the size of files makes a write fail for another reason than a full disk.
  const script = `ulimit -f 400; exec "$0" --input-type=module -e "$1" "$2"`;
  const { stdout } = spawnSync("sh", ["-c", script, process.execPath, limited, path]);
  assert.deepEqual(stdout.toString("latin1"), "done\nstore/failed\nstore/failed\n20\n");
  const store = openSqliteStore(path);
  assertHolds(store, { ops: written(20) });
  store.close();
});
