/** Pages in SQLite: older files, tampering, full disks, killed processes, and what they save. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { VerifiedOp } from "../op/op.ts";
import type { Store } from "../replica/store.ts";
import { sealedFromOps } from "../base/limits.ts";
import { utf8 } from "../base/bytes.ts";
import { author, forge, seal } from "../log/testing/forge.ts";
import { createSqliteStore, openSqliteStore } from "./sqlite-store.ts";
import { meshFacts, pageOf, realOps } from "./testing/page-contract.ts";
import { assertHolds, opsOf, withCode } from "./testing/store-contract.ts";
import { drained } from "../base/testing/drained.ts";

function newPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "towline-pages-"));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  return join(folder, "towline.db");
}

/** Changes a closed database behind its back. */
function change(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

/** What a store holds, to be compared after it was opened again. */
function held(store: Store): VerifiedOp[] {
  return opsOf(store).map(({ bytes, sig }) => ({ op: { bytes }, sig }) as VerifiedOp);
}

/** A schema of version 1 is one without pages. */
const toSchema1 = "DROP TABLE pages; PRAGMA user_version = 1";

test("a database of schema 1 is brought to 2 and keeps all that it holds", (context) => {
  const path = newPath(context);
  const old = createSqliteStore(path);
  const ops = realOps({ count: 800 });
  old.commit({ ops, facts: meshFacts });
  old.close();
  change(path, toSchema1);
  const store = openSqliteStore(path);
  assertHolds(store, { ops, facts: meshFacts });
  assert(drained(store.seal()) !== null);
  const after = held(store);
  store.close();
  const again = openSqliteStore(path);
  assertHolds(again, { ops: after, facts: meshFacts });
  again.close();
});

const tampering = {
  "a missing page": "DELETE FROM pages",
  "a page too many": "INSERT INTO pages SELECT 300, count, sum, frame FROM pages",
  "a page moved": "UPDATE pages SET first = 101",
  "a shorter page": "UPDATE pages SET count = 99",
  "a page of no ops": "UPDATE pages SET count = 0",
  "a wild count": "UPDATE pages SET count = 4611686018427387904",
  "a page and a row in one place": "UPDATE ops SET n = 150 WHERE n = 20",
  "a changed frame": "UPDATE pages SET frame = zeroblob(1000)",
  "an empty frame": "UPDATE pages SET frame = x''",
  "a changed sum": "UPDATE pages SET sum = 'x'",
  "no table of pages": "DROP TABLE pages",
};

for (const [what, sql] of Object.entries(tampering)) {
  test(`a database with ${what} is refused`, (context) => {
    const path = newPath(context);
    const store = createSqliteStore(path);
    const ops = realOps({ count: 100 });
    store.commit({ ops, facts: meshFacts, pages: [pageOf(ops.slice(100, 200), 100)] });
    store.close();
    change(path, sql);
    assert.throws(() => {
      const tampered = openSqliteStore(path);
      try {
        opsOf(tampered);
      } finally {
        tampered.close();
      }
    }, withCode("store/corrupt"));
  });
}

test("a page of another mesh, or of fewer ops than it says, is damage when it is read", (context) => {
  const path = newPath(context);
  const store = createSqliteStore(path);
  const ops = realOps({ count: 100 });
  const { frame } = pageOf(ops.slice(0, 50), 0);
  store.commit({ ops, facts: meshFacts, pages: [{ offset: 0, count: 60, frame }] });
  assert.throws(() => store.read([0]), withCode("store/corrupt"));
  store.close();
});

test("sealing waits for room, and changes nothing until there is some", (context) => {
  const path = newPath(context);
  const roomy = createSqliteStore(path);
  const ops: VerifiedOp[] = [];
  for (let n = 0; n < sealedFromOps; n += 1) {
    const noise = hash("sha512", utf8(String(n)));
    const prev = ops.at(-1)?.op ?? null;
    const op = forge({ author: author(1), prev, body: JSON.stringify([["note", "i", noise]]) });
    ops.push({ op, sig: seal(op) } as VerifiedOp);
  }
  roomy.commit({ ops, facts: meshFacts });
  roomy.close();
  const pagesMax = Math.ceil(statSync(path).size / 8_192);
  const tight = openSqliteStore(path, { pagesMax });
  assert.equal(drained(tight.seal()), null);
  assertHolds(tight, { ops, facts: meshFacts });
  assert.deepEqual(tight.pages(), []);
  tight.close();
  const store = openSqliteStore(path);
  assert(drained(store.seal()) !== null);
  store.close();
});

/** Commits and seals, and says how many ops it has committed. */
const writer = `
  const at = (name) => new URL(name, ${JSON.stringify(import.meta.url)});
  const { openSqliteStore } = await import(at("sqlite-store.ts"));
  const { meshFacts, realOps } = await import(at("testing/page-contract.ts"));
  const { writeSync } = await import("node:fs");
  const store = openSqliteStore(process.argv[1]);
  const ops = realOps({ count: 4000 });
  for (let from = 0; from < ops.length; from += 250) {
    store.commit({ ops: ops.slice(from, from + 250), facts: meshFacts });
    writeSync(1, from + 250 + "\\n");
    for (const _ of store.seal());
  }
`;

test("a process killed while it seals has every op, each vouched for", async (context) => {
  const path = newPath(context);
  const all = realOps({ count: 4_000 });
  for (const lines of [9, 13, 30]) {
    rmSync(path, { force: true });
    createSqliteStore(path).close();
    const child = spawn(process.execPath, ["--input-type=module", "-e", writer, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (text: Buffer) => {
      said += text.toString("latin1");
      if (said.split("\n").length > lines) child.kill("SIGKILL");
    });
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    assert(signal === "SIGKILL" || code === 0, `it ended by itself with ${String(code)}`);
    const acknowledged = Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
    const store = openSqliteStore(path);
    const ops = held(store);
    assert(acknowledged > 0 && ops.length >= acknowledged, `${ops.length} of ${acknowledged}`);
    for (const [at, { op, sig }] of ops.entries()) {
      assert.deepEqual(Buffer.from(op.bytes), Buffer.from(all[at]?.op.bytes ?? []));
      assert(sig === null || Buffer.compare(sig, all[at]?.sig ?? Buffer.of()) === 0);
    }
    store.close();
  }
});

test("sealed ops take a tenth of the disk, and the file gives back what they took", (context) => {
  const path = newPath(context);
  const store = createSqliteStore(path);
  const ops = realOps({ count: 7_000 });
  store.commit({ ops, facts: meshFacts });
  store.close();
  const before = readFileSync(path).length;
  const again = openSqliteStore(path);
  while (drained(again.seal()) !== null);
  again.close();
  const after = readFileSync(path).length;
  const perOp = Math.round(after / ops.length);
  context.diagnostic(`${Math.round(before / ops.length)} bytes an op, sealed ${perOp}`);
  assert(after < before / 3, `${before} bytes before, ${after} after`);
  const last = openSqliteStore(path);
  assert.equal(opsOf(last).length, ops.length);
  last.close();
});
