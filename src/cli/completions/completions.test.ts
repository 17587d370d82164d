/** What shells make of the completions; bash is run, since everybody has it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { createProgram } from "../program.ts";
import { bashCompletions } from "./bash.ts";
import { fishCompletions } from "./fish.ts";
import { shapeOf } from "./shape.ts";
import { zshCompletions } from "./zsh.ts";

const shape = shapeOf(createProgram("0"));

/** What bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const line = words.map((word) => `'${word}'`).join(" ");
  const script = `${bashCompletions(shape)}
COMP_WORDS=(towline ${line}); COMP_CWORD=${words.length}; _towline
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "--noprofile", "-c", script], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  return stdout.split("\n").filter((text) => text !== "");
}

test("bash completes commands, their options and the words that they take", () => {
  assert.deepEqual(offered("st"), ["start", "steal", "status"]);
  assert.deepEqual(offered("peers", "--w"), ["--watch"]);
  assert.deepEqual(offered("--dir", "somewhere", "unde"), []);
  assert.deepEqual(offered("--dir", "somewhere", "und"), ["undo"]);
  assert.deepEqual(offered("--json", "move", "a", "co"), ["coding"]);
  assert.deepEqual(offered("list", "--stage", "ar"), ["archived"]);
  assert.deepEqual(offered("completions", "z"), ["zsh"]);
  assert.deepEqual(offered("service", "install", "--dry"), ["--dry-run"]);
  assert.deepEqual(offered("status", "--js"), ["--json"]);
  assert.deepEqual(offered("add", "--priority", ""), [], "any text will do");
});

test("each command and each of its options is in each of them, and nothing ends a quote early", () => {
  const [bash, zsh, fish] = [bashCompletions(shape), zshCompletions(shape), fishCompletions(shape)];
  for (const { name, options } of shape.commands) {
    assert.ok(bash.includes(`\n    ${name}) words=`), name);
    assert.ok(zsh.includes(`\n      ${name})\n`), name);
    assert.ok(fish.includes(` -a ${name} -d `), name);
    for (const { flag } of options) {
      assert.ok(zsh.includes(`'${flag}[`), flag);
      assert.ok(fish.includes(` -l ${flag.slice(2)} `), flag);
    }
  }
  const odd = {
    ...shape,
    commands: [
      { name: "x", description: "it's [a] test: \\ $(touch /tmp/x)", options: [], words: [] },
    ],
  };
  assert.ok(zshCompletions(odd).includes("'x:it'\\''s [a] test: \\ $(touch /tmp/x)'"));
  assert.ok(fishCompletions(odd).includes("'it\\'s [a] test: \\\\ $(touch /tmp/x)'"));
});
