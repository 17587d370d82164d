/** Which files a store opens, which it refuses and with what code, and what it leaves behind. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { TowlineError } from "../base/errors.ts";
import { checkSqliteVersion } from "./sqlite-store-schema.ts";
import { createSqliteStore, openSqliteStore } from "./sqlite-store.ts";
import { assertHolds, testOp, testOps, withCode } from "./testing/store-contract.ts";

function newPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "towline-open-"));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  return join(folder, "towline.db");
}

/** A closed store with some ops, changed behind its back. */
function changed(path: string, change: (db: DatabaseSync) => void): void {
  const store = createSqliteStore(path);
  store.commit({ ops: testOps({ seed: "open", count: 50 }), facts: [["mesh", "m"]] });
  store.close();
  const db = new DatabaseSync(path);
  change(db);
  db.close();
}

test("a database that is not there is never made by opening it", (context) => {
  const path = newPath(context);
  assert.throws(() => openSqliteStore(path), withCode("folder/not-initialized"));
  assert.deepEqual(readdirSync(join(path, "..")), []);
});

test("making a store leaves one file, open to its owner only, and replaces nothing", (context) => {
  const path = newPath(context);
  const store = createSqliteStore(path);
  store.commit({ ops: [testOp("a")], facts: [] });
  const names = ["towline.db", "towline.db-mark", "towline.db-wal"];
  assert.deepEqual(readdirSync(join(path, "..")).sort(), names);
  for (const name of names) assert.equal(statSync(join(path, "..", name)).mode & 0o777, 0o600);
  store.close();
  assert.deepEqual(readdirSync(join(path, "..")), ["towline.db"]);
  const before = readFileSync(path);
  assert.throws(() => createSqliteStore(path), withCode("folder/exists"));
  writeFileSync(`${path}2`, "");
  assert.throws(() => createSqliteStore(`${path}2`), withCode("folder/exists"));
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(join(path, "..")).sort(), ["towline.db", "towline.db2"]);
});

test("a store is not made where a write-ahead log tells of a lost one", (context) => {
  const path = newPath(context);
  writeFileSync(`${path}-wal`, "x");
  assert.throws(() => createSqliteStore(path), withCode("store/corrupt"));
  assert.equal(readFileSync(`${path}-wal`, "latin1"), "x");
});

test("what is no database of ours is refused and stays as it is", (context) => {
  const path = newPath(context);
  const foreign = join(path, "..", "foreign.db");
  const db = new DatabaseSync(foreign);
  db.exec("CREATE TABLE ops (n, bytes, sig, sum); PRAGMA user_version = 1");
  db.close();
  const contents = [
    Buffer.alloc(0),
    Buffer.from("SQLite format 3\0"),
    Buffer.alloc(50_000, 7),
    Buffer.from("-".repeat(3)),
    readFileSync(foreign),
  ];
  for (const content of contents) {
    writeFileSync(path, content);
    assert.throws(() => openSqliteStore(path), withCode("store/corrupt"));
    assert.deepEqual(readFileSync(path), content);
    assert.deepEqual(readdirSync(join(path, "..")).sort(), ["foreign.db", "towline.db"]);
  }
});

test("a folder or a link in the place of the database is refused", (context) => {
  const path = newPath(context);
  mkdirSync(path);
  assert.throws(() => openSqliteStore(path), withCode("store/corrupt"));
  assert.throws(() => createSqliteStore(path), withCode("folder/exists"));
  symlinkSync("towline.db", `${path}-link`);
  assert.throws(() => openSqliteStore(`${path}-link`), withCode("store/corrupt"));
  assert.throws(() => openSqliteStore(join(path, "..", "towline.db", "x")), TowlineError);
});

test("a newer schema is refused and nothing is changed", (context) => {
  const path = newPath(context);
  changed(path, (db) => {
    db.exec("PRAGMA user_version = 3; CREATE TABLE later (x)");
  });
  const before = readFileSync(path);
  assert.throws(() => openSqliteStore(path), withCode("store/newer-schema"));
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(join(path, "..")), ["towline.db"]);
});

const tampering = {
  "no version": "PRAGMA user_version = 0",
  "a missing op in the middle": "DELETE FROM ops WHERE n = 20",
  "a missing first op": "DELETE FROM ops WHERE n = 0",
  "a missing last op": "DELETE FROM ops WHERE n = 49",
  "no ops at all": "DELETE FROM ops",
  "an op too many":
    "INSERT INTO ops (n, bytes, sig, sum) SELECT 50, bytes, sig, sum FROM ops WHERE n = 3",
  "an op before the first": "UPDATE ops SET n = -1 WHERE n = 49",
  "an op moved away": "UPDATE ops SET n = 9e15 WHERE n = 49",
  "two ops in each other's place":
    "UPDATE ops SET n = 50 WHERE n = 7; UPDATE ops SET n = 7 WHERE n = 8; " +
    "UPDATE ops SET n = 8 WHERE n = 50",
  "a changed op": "UPDATE ops SET bytes = x'00' WHERE n = 30",
  "an op that is far too long": "UPDATE ops SET bytes = zeroblob(1000000) WHERE n = 30",
  "a signature taken away": "UPDATE ops SET sig = NULL WHERE sig IS NOT NULL",
  "a signature put in": "UPDATE ops SET sig = zeroblob(64) WHERE n = 9",
  "a signature of a wrong length": "UPDATE ops SET sig = zeroblob(63) WHERE n = 9",
  "a claim taken away": "UPDATE ops SET claim = NULL WHERE claim IS NOT NULL",
  "a claim in the place of a signature":
    "UPDATE ops SET sig = claim, claim = NULL WHERE claim IS NOT NULL",
  "a claim of a wrong length": "UPDATE ops SET claim = x'00' WHERE n = 9",
  "a changed sum": "UPDATE ops SET sum = 'x' WHERE n = 30",
  "a changed fact": "UPDATE facts SET value = 'n'",
  "a missing fact": "DELETE FROM facts",
  "a fact too many": "INSERT INTO facts VALUES ('trusted', 'me')",
  "a changed count": "UPDATE state SET ops = 49",
  "a wild count": "UPDATE state SET ops = 9223372036854775807",
  "a changed count of commits": "UPDATE state SET commits = 99",
  "no state": "DELETE FROM state",
  "two states": "INSERT INTO state SELECT 1, commits, ops, facts, sum FROM state",
  "a trigger": "CREATE TRIGGER t AFTER INSERT ON ops BEGIN DELETE FROM facts; END",
  "a view": "CREATE VIEW v AS SELECT * FROM ops",
  "another index": "CREATE INDEX i ON ops (sum)",
  "a dropped table": "DROP TABLE facts",
};

for (const [what, sql] of Object.entries(tampering))
  test(`a database with ${what} is refused`, (context) => {
    const path = newPath(context);
    changed(path, (db) => {
      db.exec(sql);
    });
    assert.throws(() => {
      const store = openSqliteStore(path);
      try {
        Array.from(store.ops());
      } finally {
        store.close();
      }
    }, withCode("store/corrupt"));
  });

test("a gap between ops is seen before any is given", (context) => {
  const path = newPath(context);
  changed(path, (db) => {
    db.exec("DELETE FROM ops WHERE n = 20");
  });
  assert.throws(() => openSqliteStore(path), withCode("store/corrupt"));
});

test("damage that no op shows yet is refused before a write could make it worse", (context) => {
  const path = newPath(context);
  changed(path, (db) => {
    db.exec("CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(100000)); DROP TABLE big");
  });
  const bytes = readFileSync(path);
  const freePages = bytes.readUInt32BE(36);
  assert(freePages > 5);
  bytes.writeUInt32BE(freePages - 2, 36);
  writeFileSync(path, bytes);
  assert.throws(() => openSqliteStore(path), withCode("store/corrupt"));
});

test("a damaged row is named, and found by read as well", (context) => {
  const path = newPath(context);
  changed(path, (db) => {
    db.exec("UPDATE ops SET bytes = x'00' WHERE n = 30");
  });
  const store = openSqliteStore(path);
  for (const indices of [[30], [29, 30, 31], [5, 30]])
    assert.throws(
      () => store.read(indices),
      (error) => {
        withCode("store/corrupt")(error);
        return String(error).includes("Row 30");
      },
    );
  assert.equal(store.read([29, 31]).length, 2);
  store.close();
});

test("a database that another connection holds is in use", (context) => {
  const path = newPath(context);
  const store = createSqliteStore(path);
  assert.throws(() => openSqliteStore(path), withCode("folder/in-use"));
  const db = new DatabaseSync(path, { timeout: 0 });
  assert.throws(() => db.prepare("SELECT * FROM ops").all(), /locked/u);
  db.close();
  store.commit({ ops: [testOp("a")], facts: [] });
  store.close();
  const reader = new DatabaseSync(path);
  reader.exec("BEGIN; SELECT * FROM ops");
  assert.throws(() => openSqliteStore(path), withCode("folder/in-use"));
  reader.close();
  const again = openSqliteStore(path);
  assertHolds(again, { ops: [testOp("a")] });
  again.close();
});

test("a scan that outlives its store ends with an error, not early", (context) => {
  const store = createSqliteStore(newPath(context));
  store.commit({ ops: testOps({ seed: "scan", count: 1_000 }), facts: [] });
  const scan = store.ops()[Symbol.iterator]();
  scan.next();
  store.close();
  assert.throws(() => {
    while (scan.next().done !== true);
  }, withCode("store/closed"));
});

test("a SQLite that can lose data is refused", () => {
  for (const version of ["3.51.3", "3.51.10", "3.53.0", "4.0.0", "3.52"])
    checkSqliteVersion(version);
  for (const version of ["3.51.2", "3.50.4", "3.7.17", "2.99.99", "3.51", "", "x.y.z"])
    assert.throws(() => {
      checkSqliteVersion(version);
    }, withCode("store/sqlite-version"));
});
