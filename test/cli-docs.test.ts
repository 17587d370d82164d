/** docs/CLI.md names every command with every option, and nothing else. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorCodes } from "../src/base/errors.ts";
import { createProgram } from "../src/cli/program.ts";
import { configKeys } from "../src/node/config.ts";

const text = readFileSync(join(import.meta.dirname, "..", "docs", "CLI.md"), "utf8");
const program = createProgram("0");

/** The text below the heading of each command. */
const sections = new Map(
  text
    .split(/^## /mu)
    .slice(1)
    .map((section) => [section.split("\n")[0] ?? "", section] as const),
);

function flagsIn(part: string): readonly string[] {
  return [...new Set(part.match(/(?<![\w-])--[a-z][a-z-]*/gu) ?? [])].sort();
}

test("each command has its section, and each section its command", () => {
  const documented = [...sections.keys()].filter((title) => title.startsWith("towline "));
  const commands = program.commands.map((command) => `towline ${command.name()}`);
  assert.deepEqual(documented.sort(), commands.sort());
});

const globals = flagsIn(sections.get("Options of every command") ?? "");

test("each option of every command is in the table", () => {
  const known = program.options.map(({ long }) => long).filter((long) => long !== "--version");
  assert.deepEqual(globals, [...known, "--help"].sort());
});

for (const command of program.commands) {
  test(`the options of ${command.name()} are those in its section`, () => {
    const section = sections.get(`towline ${command.name()}`) ?? "";
    const own = command.options.map(({ long }) => long ?? "").sort();
    const named = flagsIn(section).filter((flag) => !globals.includes(flag));
    assert.deepEqual(named, own);
    assert(command.description() !== "", "help says what it does");
  });
}

test("each key of towline.toml and each exit code is explained", () => {
  const settings = sections.get("Settings") ?? "";
  for (const key of configKeys) {
    assert(settings.includes(`| \`${key}\``), key);
    assert(settings.includes(`TOWLINE_${key.toUpperCase()}`), key);
  }
  for (const exit of new Set(Object.values(errorCodes).map((each) => each.exit))) {
    assert.match(sections.get("For scripts") ?? "", new RegExp(`^\\| ${exit} \\|`, "mu"));
  }
});
