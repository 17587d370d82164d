/** What people type and what they are shown, without a process: values, ids, commands, the log. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TowlineError } from "../../base/errors.ts";
import { slugOf } from "../../commands/add.ts";
import { createLogger } from "../logger.ts";
import { Terminal } from "../ui/terminal.ts";
import { commandElsewhere, commandHere, joinCommand, quoteForShell } from "./join-command.ts";
import { textOfBody } from "./op-line.ts";
import { parseCount, parseEdit, parseValue } from "./values.ts";

test("a value is JSON when it is JSON and nothing would be lost, else text", () => {
  const values = [
    ["5", 5],
    ["-2.5", -2.5],
    ["true", true],
    ["null", null],
    ['"5"', "5"],
    ['{"a":[1]}', { a: [1] }],
    ["007", "007"],
    ["1.50", "1.50"],
    ["1e400", "1e400"],
    ["[1e400]", "[1e400]"],
    ["12345678901234567890", "12345678901234567890"],
    ["{broken", "{broken"],
    ["[".repeat(40) + "]".repeat(40), "[".repeat(40) + "]".repeat(40)],
    ['"\\ud800"', '"\\ud800"'],
    ["", ""],
  ] as const;
  for (const [text, value] of values) assert.deepEqual(parseValue(text), value, text);
});

test("a change names its field and what happens to it", () => {
  assert.deepEqual(parseEdit("title=a=b"), { kind: "assign", field: "title", value: "a=b" });
  assert.deepEqual(parseEdit("labels+=x"), { kind: "plus", field: "labels", value: "x" });
  assert.deepEqual(parseEdit("labels-=x"), { kind: "minus", field: "labels", value: "x" });
  assert.deepEqual(parseEdit("x_a-b=1"), { kind: "assign", field: "x_a-b", value: 1 });
  assert.deepEqual(parseEdit("title=two\nlines"), {
    kind: "assign",
    field: "title",
    value: "two\nlines",
  });
  for (const text of ["title", "=x", "", "a b=c", "+=x"]) {
    assert.throws(
      () => parseEdit(text),
      (error) => error instanceof TowlineError && error.code === "usage/invalid",
      text,
    );
  }
});

test("a count is a whole number", () => {
  assert.equal(parseCount("12", "--limit"), 12);
  for (const text of ["0", "-1", "1.5", "x", "", "1e3"]) {
    assert.throws(() => parseCount(text, "--limit"), /--limit takes a whole number/u, text);
  }
});

test("an id says what the item is about, in ASCII", () => {
  assert.equal(slugOf("Fix the login page"), "fix-the-login");
  assert.equal(slugOf("Überprüfung: Größe"), "uberprufung");
  assert.equal(slugOf("立方体"), "item");
  assert.equal(slugOf(`${"x".repeat(60)} y`), "x".repeat(14));
  assert.equal(slugOf(""), "item");
});

test("the join command fits the place where it is pasted", () => {
  const invitation = { url: "ws://127.0.0.1:4747/crdt-sync", token: "tow_x", key: "ab" };
  const start =
    "npm run -s towline -- join ws://127.0.0.1:4747/crdt-sync --token tow_x --key ab --up";
  assert.equal(joinCommand(invitation, "/p/.towline", "/p"), `${start} --dir .towline-2 --port 0`);
  assert.equal(commandElsewhere(invitation), start);
  assert(commandHere(invitation, "/o p/d", "/p").endsWith(" --dir '/o p/d-2' --port 0"));
  const far = { ...invitation, url: "wss://hub.example/crdt-sync" };
  assert(joinCommand(far, "/p/.towline", "/p").endsWith("--key ab --up"));
  assert.equal(quoteForShell("it's"), "'it'\\''s'");
});

test("an op is told in words", () => {
  const body = [
    ["new", "a", { title: "A title" }],
    ["set", "a", "stage", "qa"],
    ["set", "a", "assignee", null],
    ["add", "a", "labels", "x"],
    ["rem", "a", "labels", "y", []],
    ["inc", "a", "retries", 2],
    ["note", "b", "a \x1b note"],
    ["del", "b"],
    ["frob", "c", 1],
  ];
  assert.equal(
    textOfBody(JSON.stringify(body)),
    'a: created "A title", moved to qa, assignee cleared, label x added, label y removed, ' +
      'retries +2; b: noted: "a \\u001b note", deleted; ' +
      "c: a change that needs a newer version (frob)",
  );
  const mesh = JSON.stringify([["mesh", "0".repeat(64), "main"]]);
  assert.equal(textOfBody(mesh), "founded the mesh main");
  assert.equal(textOfBody("[[]]"), "");
});

test("the log leaves secrets out, by name and wherever a token stands", (context) => {
  const lines: string[] = [];
  context.mock.method(process.stderr, "write", (text: string) => lines.push(text) > 0);
  const terminal = new Terminal({ isJson: true, isQuiet: false, wantsColor: false });
  const logger = createLogger(terminal, "debug");
  const token = "tow_abcdefghijkmnpqrstuvwxyz23456789";
  logger.info({ token, peer: { bearer: token }, url: "ws://x" }, `joined with ${token}`);
  logger.debug({ key: "a".repeat(64) }, "a key is public");
  context.mock.restoreAll();
  assert(!lines.join("").includes(token));
  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    [first?.["level"], first?.["token"], first?.["peer"], first?.["url"], first?.["msg"]],
    ["info", "[secret]", { bearer: "[secret]" }, "ws://x", "joined with tow_…"],
  );
  assert.equal(second?.["key"], "a".repeat(64));
});
