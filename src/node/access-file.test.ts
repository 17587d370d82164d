/** Tokens for the HTTP API: made, matched, removed, and a file that is none of ours. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { TowlineError } from "../base/errors.ts";
import { AccessFile } from "./access-file.ts";

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "towline-access-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test("a token is known by its hash only, and the file is closed to others", (t) => {
  const dir = folder(t);
  const { token, entry } = new AccessFile(dir).add("editor", "ci");
  assert.match(token, /^tla_[\w-]{43}$/u);
  const path = join(dir, "access.json");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert(!readFileSync(path, "utf8").includes(token.slice(4)));
  const other = new AccessFile(dir);
  assert.deepEqual(other.match(token), entry);
  assert.equal(other.match(`${token.slice(0, -1)}${token.endsWith("A") ? "Q" : "A"}`), null);
});

test("what one process writes, another sees at once", (t) => {
  const dir = folder(t);
  const [writer, reader] = [new AccessFile(dir), new AccessFile(dir)];
  assert.deepEqual(reader.entries(), []);
  const { token, entry } = writer.add("viewer", "");
  assert.equal(reader.match(token)?.id, entry.id);
  writer.remove(entry.id);
  assert.equal(reader.match(token), null);
  const isUnknown = (error: unknown): boolean =>
    error instanceof TowlineError && error.code === "access/unknown";
  assert.throws(() => writer.remove(entry.id), isUnknown);
});

test("nobody gets in by a file that is damaged", (t) => {
  const dir = folder(t);
  const access = new AccessFile(dir);
  const { token } = access.add("viewer", "x");
  for (const text of ["{", "[]", '{"tokens":[{}]}', '{"tokens":[null]}', "9".repeat(2_000_000)]) {
    writeFileSync(join(dir, "access.json"), text);
    const isInvalid = (error: unknown): boolean =>
      error instanceof TowlineError && error.code === "access/invalid";
    assert.throws(() => access.match(token), isInvalid, text.slice(0, 30));
  }
});
