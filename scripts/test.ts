// `npm test`: the static checks, then every test. With arguments, only the tests that they name:
//   npm test -- src/op              files below a folder, or one file
//   npm test -- chain               files whose path contains the word
//   npm test -- --grep "LOG-4"      tests whose name matches (with or without a path)
// Any other option goes to Node's test runner as it is.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { runChecks } from "./checks.ts";

interface Selection {
  readonly options: readonly string[];
  readonly words: readonly string[];
}

/** A test, or a whole file of them, that takes longer hangs. */
const testTimeoutMs = 170_000;

/** How test/tidy.test.ts learns what failed before it, so that the closing totals count it. */
const checksVariable = "TOWLINE_CHECKS_FAILED";

const args = process.argv.slice(2);
const failed = args.length === 0 ? await runChecks() : [];
const { options, words } = parse(args);
const files = testFiles(words);
if (files.length === 0) {
  console.error(`no test file matches ${words.join(" ")}`);
  process.exitCode = 1;
} else {
  process.exitCode = await runTests({ files, options, failed });
}

function parse(given: readonly string[]): Selection {
  const options: string[] = [];
  const words: string[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const arg = given[at] ?? "";
    if (arg === "--grep") {
      at += 1;
      options.push(`--test-name-pattern=${given[at] ?? ""}`);
    } else if (arg.startsWith("--grep=")) {
      options.push(`--test-name-pattern=${arg.slice("--grep=".length)}`);
    } else if (arg.startsWith("-")) options.push(arg);
    else words.push(arg.replace(/^\.\//u, ""));
  }
  return { options, words };
}

function testFiles(words: readonly string[]): readonly string[] {
  const all = globSync(["src/**/*.test.ts", "test/**/*.test.ts", "web/**/*.test.ts"]).sort();
  return words.length === 0 ? all : all.filter((path) => words.some((word) => path.includes(word)));
}

async function runTests(run: {
  readonly files: readonly string[];
  readonly options: readonly string[];
  readonly failed: readonly string[];
}): Promise<number> {
  const runner = [
    "--test",
    "--test-reporter=spec",
    // Many tests wait for processes and timers: three files keep two processors busy.
    `--test-concurrency=${availableParallelism() + 1}`,
    `--test-timeout=${testTimeoutMs}`,
    ...run.options,
    ...run.files,
  ];
  const child = spawn(process.execPath, runner, {
    stdio: "inherit",
    env: { ...process.env, [checksVariable]: run.failed.join(", ") },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  // A failed check fails the run even when the test that reports it was left out.
  return code === 0 && run.failed.length > 0 ? 1 : (code ?? 1);
}
