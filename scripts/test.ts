// `npm test`: the static checks, then every test. With arguments, only the tests that they name:
//   npm test -- src/op              files below a folder, or one file
//   npm test -- chain               files whose path contains the word
//   npm test -- --grep "LOG-4"      tests whose name matches (with or without a path)
// Any other option goes to the Node that runs each file, as it is.
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { shortLived } from "../src/cli/testing/program.ts";
import { runChecks } from "./checks.ts";

interface Selection {
  readonly patterns: readonly string[];
  readonly options: readonly string[];
  readonly words: readonly string[];
}

/** A test, or a whole file of them, that takes longer hangs. */
const testTimeoutMs = 170_000;

/** How test/tidy.test.ts learns what failed before it, so that the closing totals count it. */
const checksVariable = "TOWLINE_CHECKS_FAILED";

/** They take longest, so they begin first: the others fill what they leave of the processors. */
const longest = ["agent", "race/race", "board/flows", "sim", "chaos/chaos", "bench-peers"];

const args = process.argv.slice(2);
const failed = args.length === 0 ? await runChecks() : [];
const selection = parse(args);
const files = testFiles(selection.words);
if (files.length === 0) {
  console.error(`no test file matches ${selection.words.join(" ")}`);
  process.exitCode = 1;
} else {
  process.env[checksVariable] = failed.join(", ");
  // A failed check fails the run even when the test that reports it was left out.
  if (failed.length > 0) process.exitCode = 1;
  runTests(files, selection);
}

function parse(given: readonly string[]): Selection {
  const [patterns, options, words]: [string[], string[], string[]] = [[], [], []];
  for (let at = 0; at < given.length; at += 1) {
    const arg = given[at] ?? "";
    if (arg === "--grep") {
      at += 1;
      patterns.push(given[at] ?? "");
    } else if (arg.startsWith("--grep=")) patterns.push(arg.slice("--grep=".length));
    else if (arg.startsWith("-")) options.push(arg);
    else words.push(arg.replace(/^\.\//u, ""));
  }
  return { patterns, options, words };
}

function testFiles(words: readonly string[]): readonly string[] {
  const first = longest.map((name) => `test/${name}.test.ts`);
  const others = globSync(["src/**/*.test.ts", "test/**/*.test.ts", "web/**/*.test.ts"])
    .filter((path) => !first.includes(path))
    // What starts processes and waits for them lies in test/, what only computes beside its code.
    .sort(
      (a, b) => Number(b.startsWith("test/")) - Number(a.startsWith("test/")) || (a < b ? -1 : 1),
    );
  const all = [...first, ...others];
  return words.length === 0 ? all : all.filter((path) => words.some((word) => path.includes(word)));
}

function runTests(paths: readonly string[], { patterns, options }: Selection): void {
  const stop = new AbortController();
  const stream = run({
    files: [...paths],
    testNamePatterns: [...patterns],
    execArgv: [...shortLived, ...options],
    timeout: testTimeoutMs,
    // Many tests wait for processes and timers: five files keep two processors busy.
    concurrency: availableParallelism() + 3,
    signal: stop.signal,
  });
  stream.on("test:fail", () => {
    process.exitCode = 1;
  });
  stream.compose(spec).pipe(process.stdout);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      process.exitCode = 1;
      stop.abort();
    });
  }
}
