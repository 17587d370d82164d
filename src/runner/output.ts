/** The output of one item's commands in files of bounded size, the latest last. */
import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { outputFileBytes, outputFiles } from "../base/limits.ts";

export class RotatingFile {
  readonly #path: string;
  readonly #bytesMax: number;
  #file: number;
  #size: number;

  constructor(path: string, bytesMax = outputFileBytes) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#file = openSync(path, "a", 0o600);
    this.#size = fstatSync(this.#file).size;
    // Each command begins a file, so that its end is not taken for that of another one.
    if (this.#size > 0) this.#rotate();
  }

  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#size >= this.#bytesMax) this.#rotate();
      const part = chunk.subarray(at, at + this.#bytesMax - this.#size);
      this.#size += writeSync(this.#file, part);
      at += part.length;
    }
  }

  /** `output.log` becomes `output.log.1`, that becomes `.2`, and the last one goes. */
  #rotate(): void {
    closeSync(this.#file);
    rmSync(`${this.#path}.${outputFiles - 1}`, { force: true });
    for (let number = outputFiles - 2; number >= 1; number -= 1) {
      move(`${this.#path}.${number}`, `${this.#path}.${number + 1}`);
    }
    move(this.#path, `${this.#path}.1`);
    this.#file = openSync(this.#path, "w", 0o600);
    this.#size = 0;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
