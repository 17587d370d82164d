/** A bar on stderr for what takes over a second; on a terminal only. */
import { padTo } from "./text-width.ts";

/** What is done sooner needs no bar. */
const patienceMs = 1_000;
const redrawMs = 100;
const cells = 24;

export interface ProgressSink {
  readonly isTerminal: boolean;
  write(text: string): void;
  now(): number;
}

export class ProgressBar {
  readonly #sink: ProgressSink;
  readonly #label: string;
  readonly #startedAt: number;
  #drawnAt: number | null = null;

  constructor(label: string, sink: ProgressSink) {
    this.#label = label;
    this.#sink = sink;
    this.#startedAt = sink.now();
  }

  /** `all` is null while nobody knows how much there is. */
  update(done: number, all: number | null): void {
    const now = this.#sink.now();
    if (!this.#sink.isTerminal || now - this.#startedAt < patienceMs) return;
    if (this.#drawnAt !== null && now - this.#drawnAt < redrawMs) return;
    this.#drawnAt = now;
    const rate = Math.round(done / ((now - this.#startedAt) / 1_000));
    this.#sink.write(`\r\x1b[2K${this.#label} ${barText(done, all)}, ${rate}/s`);
  }

  /** Removes the bar, so that what follows stands on a clean line. */
  clear(): void {
    if (this.#drawnAt !== null) this.#sink.write("\r\x1b[2K");
    this.#drawnAt = null;
  }
}

/** `████░░░░  50% 5 of 10`, or the number alone while nobody knows how much there is. */
export function barText(done: number, all: number | null): string {
  if (all === null || all === 0) return String(done);
  const part = Math.min(1, done / all);
  const full = Math.floor(part * cells);
  const bar = "█".repeat(full) + "░".repeat(cells - full);
  return `${bar} ${padTo(`${Math.floor(part * 100)}%`, 4, "right")} ${done} of ${all}`;
}
