/** The op log as a whole: export, digest, verify. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { fileError } from "../../adapters/folder-lock-files.ts";
import type { OpJson } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import { digest as digestCommand, exportOps, verify as verifyCommand } from "../../commands/ops.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { pairLines, printResult } from "./print.ts";

export async function exportLog(
  invocation: Invocation,
  { out }: { readonly out?: string },
): Promise<void> {
  const { terminal } = invocation;
  const bar = terminal.progress("exporting");
  const target = out === undefined ? null : new Draft(resolve(invocation.cwd, out));
  try {
    const { ops } = await runCommand(
      invocation,
      exportOps,
      {},
      {
        rows: (rows) => write(rows, target),
        progress: (done, all) => bar.update(done, all),
      },
    );
    bar.clear();
    if (target === null) return;
    target.finish();
    if (terminal.isJson) terminal.json({ file: target.path, ops });
    else terminal.say(`exported ${ops} ops to ${target.path}`);
  } finally {
    bar.clear();
    target?.discard();
  }
}

function write(rows: readonly OpJson[], target: Draft | null): void {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  if (target === null) process.stdout.write(text);
  else target.write(text);
}

/** A file that is there whole or not at all. */
class Draft {
  readonly path: string;
  readonly #draft: string;
  #file: number | null;

  constructor(path: string) {
    this.path = path;
    this.#draft = `${path}.${randomUUID()}.tmp`;
    try {
      this.#file = openSync(this.#draft, "wx", 0o600);
    } catch (error) {
      throw fileError(error, path);
    }
  }

  write(text: string): void {
    try {
      if (this.#file !== null) writeSync(this.#file, text);
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  finish(): void {
    if (this.#file === null) return;
    try {
      fsyncSync(this.#file);
      closeSync(this.#file);
      this.#file = null;
      renameSync(this.#draft, this.path);
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  /** Has no effect once it is finished. */
  discard(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    rmSync(this.#draft, { force: true });
  }
}

export async function digest(invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const { state, ops, count, items } = await runCommand(invocation, digestCommand, {});
  const lines = pairLines(
    [
      ["state", `${state}  (${items} items)`],
      ["ops", `${ops}  (${count} ops)`],
    ],
    terminal.colors,
  );
  printResult(terminal, { state, ops, count, items }, lines);
}

export async function verify(invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const bar = terminal.progress("verifying");
  const found = await runCommand(
    invocation,
    verifyCommand,
    {},
    { progress: (done, all) => bar.update(done, all) },
  ).finally(() => bar.clear());
  const { ops, signatures, problems } = found;
  const bad = problems.map(({ index, code, message }) => `  op ${index}: ${message} (${code})`);
  const verdict =
    problems.length === 0
      ? terminal.colors.green(`all is well: ${ops} ops, ${signatures} signatures checked`)
      : terminal.colors.red(`${problems.length} problems in ${ops} ops`);
  printResult(terminal, found, [verdict, ...bad]);
  if (problems.length === 0) return;
  throw new TowlineError(
    "verify/failed",
    "What is on disk does not pass its checks. Keep the folder, and join from a new one or restore a backup.",
  );
}
