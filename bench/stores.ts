/** Data folders to measure on: the same work is made once and copied for each run. */
import {
  closeSync,
  cpSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Work } from "./work.ts";
import { makeStore } from "./work.ts";

export class Stores implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), "towline-bench-"));
  readonly #made = new Map<string, Promise<number>>();
  #copies = 0;

  /** A fresh folder that holds `work`. */
  async copy(work: Work): Promise<string> {
    const name = `${work.updates}-by-${work.burst}`;
    const original = join(this.#root, name);
    const made = this.#made.get(name) ?? makeStore(original, work);
    this.#made.set(name, made);
    await made;
    const dir = this.fresh();
    cpSync(original, dir, { recursive: true });
    for (const path of filesIn(dir)) syncFile(path);
    return dir;
  }

  /** A folder that does not exist yet. */
  fresh(): string {
    this.#copies += 1;
    return join(this.#root, `copy-${this.#copies}`);
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** Bytes of all files in a folder. */
export function bytesIn(dir: string): number {
  return filesIn(dir).reduce((sum, path) => sum + statSync(path).size, 0);
}

function filesIn(dir: string): readonly string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What was copied a moment ago is else written by the first commit that is measured. */
function syncFile(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
