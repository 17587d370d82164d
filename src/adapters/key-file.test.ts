/** The key file: who may read it, what is refused, and that nothing replaces it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { toHex, utf8 } from "../base/bytes.ts";
import type { ErrorCode } from "../base/errors.ts";
import { TowlineError } from "../base/errors.ts";
import { createKeyFile, openKeyFile } from "./key-file.ts";

function newFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "towline-key-"));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

function refused(code: ErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof TowlineError);
    assert.equal(error.code, code);
    return true;
  };
}

test("a key file holds one identity, for its owner alone, in one line of text", (context) => {
  const folder = newFolder(context);
  const path = join(folder, "key");
  const made = createKeyFile(path);
  const opened = openKeyFile(path);
  assert.equal(opened.node, made.node);
  assert.equal(toHex(opened.sign(utf8("x"))), toHex(made.sign(utf8("x"))));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(readFileSync(path, "utf8"), /^towline-key-1 [0-9a-f]{64}\n$/u);
  assert.deepEqual(readdirSync(folder), ["key"], "no draft is left");
});

test("a key file is never replaced, whatever is in its place", (context) => {
  const folder = newFolder(context);
  const path = join(folder, "key");
  createKeyFile(path);
  const text = readFileSync(path, "utf8");
  assert.throws(() => createKeyFile(path), refused("folder/exists"));
  assert.equal(readFileSync(path, "utf8"), text);
  writeFileSync(join(folder, "empty"), "");
  assert.throws(() => createKeyFile(join(folder, "empty")), refused("folder/exists"));
  symlinkSync("nowhere", join(folder, "link"));
  assert.throws(() => createKeyFile(join(folder, "link")), refused("folder/exists"));
  assert.deepEqual(readdirSync(folder).sort(), ["empty", "key", "link"]);
});

test("a key file that others can read or write is refused, and stays as it is", (context) => {
  const path = join(newFolder(context), "key");
  createKeyFile(path);
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777]) {
    chmodSync(path, mode);
    assert.throws(() => openKeyFile(path), refused("key/permissions"));
    assert.equal(statSync(path).mode & 0o777, mode);
  }
  chmodSync(path, 0o400);
  openKeyFile(path);
});

test("a missing key, a link, a folder and a pipe are refused, and nothing is made", (context) => {
  const folder = newFolder(context);
  createKeyFile(join(folder, "key"));
  symlinkSync("key", join(folder, "link"));
  mkdirSync(join(folder, "folder"), { mode: 0o700 });
  execFileSync("mkfifo", ["-m", "600", join(folder, "pipe")]);
  for (const name of ["missing", "link", "folder", "pipe", "key/below"])
    assert.throws(() => openKeyFile(join(folder, name)), refused("key/unreadable"), name);
  assert.deepEqual(readdirSync(folder).sort(), ["folder", "key", "link", "pipe"]);
});

test("a damaged key file is refused, and stays as it is", (context) => {
  const path = join(newFolder(context), "key");
  createKeyFile(path);
  const good = readFileSync(path, "utf8");
  const damaged = [
    "",
    "\n",
    good.slice(0, -1),
    good.slice(0, 40),
    `${good}\n`,
    good + good,
    good.toUpperCase(),
    good.replace("key-1", "key-2"),
    good.replace("\n", "\r\n"),
    "0".repeat(100_000),
  ];
  for (const text of damaged) {
    writeFileSync(path, text, { mode: 0o600 });
    assert.throws(() => openKeyFile(path), refused("key/invalid"), JSON.stringify(text));
    assert.equal(readFileSync(path, "utf8"), text);
  }
});

test("a key file in a folder that is not there is refused", (context) => {
  const path = join(newFolder(context), "missing", "key");
  assert.throws(() => createKeyFile(path), refused("folder/not-initialized"));
});
