/**
 * Damage to the database and to its write-ahead log: a store gives exactly what was committed, or
 * refuses to open. Never other ops, never fewer, never another error.
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { utf8 } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import type { VerifiedOp } from "../op/op.ts";
import type { Commit, Store } from "../replica/store.ts";
import { createSqliteStore, openSqliteStore } from "./sqlite-store.ts";
import { meshFacts, pageOf, realOps } from "./testing/page-contract.ts";
import { assertHolds, opsOf, testOp, testOps, withCode } from "./testing/store-contract.ts";
import { drained } from "../base/testing/drained.ts";

const seed = process.env["TOWLINE_TEST_SEED"] ?? "damage-1";

type Suffix = "" | "-wal" | "-mark";
type Image = Readonly<Record<Suffix, Buffer>>;

/** What a process leaves that is killed between two commits: part in the file, part in the log. */
interface Crash {
  readonly path: string;
  readonly image: Image;
  readonly held: Commit;
}

function newPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "towline-damage-"));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  return join(folder, "towline.db");
}

function crash(context: TestContext): Crash {
  const path = newPath(context);
  const old = createSqliteStore(path);
  const ops = testOps({ seed: "old", count: 200 });
  old.commit({
    ops,
    facts: [
      ["mesh", "1".repeat(64)],
      ["peer a", "trusted"],
    ],
  });
  old.close();
  const store = openSqliteStore(path);
  for (let round = 0; round < 5; round += 1) {
    const more = testOps({ seed: `new ${round}`, count: 20 });
    store.commit({ ops: more, facts: [["round", String(round)]] });
    ops.push(...more);
  }
  const image: Image = {
    "": readFileSync(path),
    "-wal": readFileSync(`${path}-wal`),
    "-mark": readFileSync(`${path}-mark`),
  };
  store.close();
  const facts: Commit["facts"] = [
    ["mesh", "1".repeat(64)],
    ["peer a", "trusted"],
    ["round", "4"],
  ];
  return { path, image, held: { ops, facts } };
}

/** Like `crash`, with pages in the file and in the log: some given, some made by sealing. */
function crashWithPages(context: TestContext): Crash {
  const path = newPath(context);
  const old = createSqliteStore(path);
  const ops = realOps({ count: 1_100 });
  const given = ops.slice(0, 300);
  old.commit({ ops: given, facts: meshFacts, pages: [pageOf(given.slice(50, 250), 50)] });
  old.commit({ ops: ops.slice(300, 2_400), facts: [] });
  assert(drained(old.seal()) !== null);
  old.close();
  const store = openSqliteStore(path);
  assert(drained(store.seal()) !== null);
  for (let from = 2_400; from < ops.length; from += 150) {
    const more = ops.slice(from, from + 150);
    const pages = [pageOf(more.slice(20), 20)];
    store.commit({ ops: more, facts: [["from", String(from)]], pages });
  }
  const image: Image = {
    "": readFileSync(path),
    "-wal": readFileSync(`${path}-wal`),
    "-mark": readFileSync(`${path}-mark`),
  };
  const held = opsOf(store).map(({ bytes, sig }) => ({ op: { bytes }, sig }) as VerifiedOp);
  const facts: Commit["facts"] = [...store.facts()];
  store.close();
  return { path, image, held: { ops: held, facts } };
}

/** Puts the image back, with one file replaced. */
function lay({ path, image }: Crash, suffix: Suffix, bytes: Buffer | null): void {
  for (const name of readdirSync(join(path, ".."))) rmSync(join(path, "..", name));
  for (const [each, content] of Object.entries(image)) writeFileSync(path + each, content);
  if (bytes === null) rmSync(path + suffix);
  else writeFileSync(path + suffix, bytes);
}

/** Opens and reads all: true when everything is there, false when the store refused. */
function survives({ path, held }: Crash): boolean {
  let store: Store | null = null;
  try {
    store = openSqliteStore(path);
    assert(opsOf(store).every(({ bytes }) => bytes.length > 0));
  } catch (error) {
    if (!(error instanceof TowlineError) || !error.code.startsWith("store/")) throw error;
    store?.close();
    return false;
  }
  assertHolds(store, held);
  store.commit({ ops: [testOp("after")], facts: [] });
  store.close();
  const again = openSqliteStore(path);
  assertHolds(again, { ops: [...held.ops, testOp("after")], facts: held.facts });
  again.close();
  return true;
}

/** A number below `below`, drawn from the seed and a name. */
function draw(name: string, below: number): number {
  return hash("sha256", utf8(`${seed} ${name}`), "buffer").readUInt32BE(0) % below;
}

function flip(bytes: Buffer, bit: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit % 8));
  return flipped;
}

function checkFlips(context: TestContext, crashed: Crash, suffix: Suffix, bits: number[]): void {
  let refused = 0;
  for (const bit of bits) {
    lay(crashed, suffix, flip(crashed.image[suffix], bit));
    try {
      if (!survives(crashed)) refused += 1;
    } catch (error) {
      const message = `bit ${bit} of towline.db${suffix}; TOWLINE_TEST_SEED=${seed}`;
      throw new Error(message, { cause: error });
    }
  }
  context.diagnostic(`seed ${seed}: ${refused} of ${bits.length} flips refused, others harmless`);
}

test("what a killed process leaves is whole", (context) => {
  const crashed = crash(context);
  lay(crashed, "", crashed.image[""]);
  assert(survives(crashed));
});

for (const suffix of ["", "-wal", "-mark"] as const) {
  test(`no flipped bit of towline.db${suffix} changes what a store gives`, (context) => {
    const crashed = crash(context);
    const bits = crashed.image[suffix].length * 8;
    const count = suffix === "-mark" ? 40 : 300;
    const drawn = Array.from({ length: count }, (_, at) => draw(`flip ${suffix} ${at}`, bits));
    checkFlips(context, crashed, suffix, drawn);
  });
}

test("no flipped bit of a header changes what a store gives", (context) => {
  const crashed = crash(context);
  const everyThird = Array.from({ length: 100 * 8 }, (_, bit) => bit).filter(
    (bit) => bit % 3 === 0,
  );
  checkFlips(context, crashed, "", everyThird);
  checkFlips(
    context,
    crashed,
    "-wal",
    everyThird.filter((bit) => bit < 56 * 8),
  );
});

for (const suffix of ["", "-wal"] as const) {
  test(`no flipped bit of towline.db${suffix} changes what pages give`, (context) => {
    const crashed = crashWithPages(context);
    const bits = crashed.image[suffix].length * 8;
    const drawn = Array.from({ length: 60 }, (_, at) => draw(`page flip ${suffix} ${at}`, bits));
    checkFlips(context, crashed, suffix, drawn);
  });
}

test("a database cut short anywhere is refused or whole, a log cut short refused", (context) => {
  const crashed = crash(context);
  for (const suffix of ["", "-wal"] as const) {
    const bytes = crashed.image[suffix];
    for (let at = 0; at < 60; at += 1) {
      lay(crashed, suffix, bytes.subarray(0, draw(`cut ${suffix} ${at}`, bytes.length)));
      const isWhole = survives(crashed);
      assert(suffix === "" || !isWhole, `log cut, ${at}; TOWLINE_TEST_SEED=${seed}`);
    }
  }
});

test("a sector of zeros or of other content is refused, or harmless", (context) => {
  const crashed = crash(context);
  for (const suffix of ["", "-wal"] as const)
    for (let at = 0; at < 60; at += 1) {
      const bytes = Buffer.from(crashed.image[suffix]);
      const sectors = Math.floor(bytes.length / 512);
      const [to, from] = [draw(`to ${suffix} ${at}`, sectors), draw(`from ${at}`, sectors)];
      if (at % 2 === 0) bytes.fill(0, to * 512, to * 512 + 512);
      else bytes.copy(bytes, to * 512, from * 512, from * 512 + 512);
      lay(crashed, suffix, bytes);
      survives(crashed);
    }
});

test("a lost or damaged log is refused again and again, and kept for a rescue", (context) => {
  const crashed = crash(context);
  const { path, image } = crashed;
  const damaged = flip(image["-wal"], 8 * (image["-wal"].length - 100));
  lay(crashed, "-wal", damaged);
  for (let round = 0; round < 3; round += 1) {
    assert.throws(() => openSqliteStore(path), withCode("store/corrupt"));
    assert.deepEqual(readFileSync(`${path}-wal`), damaged);
  }
  writeFileSync(`${path}-wal`, image["-wal"]);
  assert(survives(crashed), "the rescued log works");
  lay(crashed, "-wal", null);
  for (let round = 0; round < 2; round += 1)
    assert.throws(() => openSqliteStore(path), withCode("store/corrupt"));
});

test("whoever deletes the mark goes on with what is left", (context) => {
  const crashed = crash(context);
  lay(crashed, "-wal", null);
  rmSync(`${crashed.path}-mark`);
  const store = openSqliteStore(crashed.path);
  const facts = crashed.held.facts.slice(0, 2);
  assertHolds(store, { ops: crashed.held.ops.slice(0, 200), facts });
  store.close();
});

test("a mark that a power loss tore says nothing", (context) => {
  const crashed = crash(context);
  const { length } = crashed.image["-mark"];
  for (const torn of ["", "\0".repeat(length), "x", "towline-mark-1 0000000000000009"]) {
    lay(crashed, "-mark", Buffer.from(torn));
    assert(survives(crashed), JSON.stringify(torn));
  }
});

test("an older backup put into a cleanly closed folder opens as it is", (context) => {
  const path = newPath(context);
  const ops = testOps({ seed: "backup", count: 100 });
  const store = createSqliteStore(path);
  store.commit({ ops: ops.slice(0, 50), facts: [] });
  store.close();
  const backup = readFileSync(path);
  const later = openSqliteStore(path);
  later.commit({ ops: ops.slice(50), facts: [] });
  later.close();
  assert(!existsSync(`${path}-mark`) && !existsSync(`${path}-wal`));
  writeFileSync(path, backup);
  const restored = openSqliteStore(path);
  assertHolds(restored, { ops: ops.slice(0, 50) });
  restored.close();
});
