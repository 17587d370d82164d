/** What happened, as a rolling hash that two runs of one seed must share, and as the last lines. */
import type { Head } from "../log/frontier.ts";
import { pageSizeOf } from "../page/page.ts";
import { readPagingFrame } from "../sync/frames-3.ts";

const linesKept = 30;

export class Trace {
  events = 0;
  readonly #print: ((line: string) => void) | null;
  readonly #lines: (() => string)[] = [];
  #high = 0x811c9dc5;
  #low = 0x9e3779b9;

  constructor(print: ((line: string) => void) | null) {
    this.#print = print;
  }

  /** Takes an event in; `text` is made only when somebody reads it. */
  add(at: number, numbers: readonly number[], text: () => string): void {
    this.events += 1;
    this.#mix(at);
    for (const number of numbers) this.#mix(number);
    const line = (): string => `${(at / 1_000).toFixed(3).padStart(12)} ms  ${text()}`;
    if (this.#print !== null) this.#print(line());
    this.#lines.push(line);
    if (this.#lines.length >= 2 * linesKept) this.#lines.splice(0, linesKept);
  }

  #mix(number: number): void {
    this.#high = Math.imul(this.#high ^ number, 0x01000193) ^ (this.#low >>> 15);
    this.#low = Math.imul(this.#low ^ (number / 4_294_967_296) ^ this.#high, 0x85ebca6b);
    this.#low ^= this.#low >>> 13;
  }

  get hash(): string {
    const hex = (number: number): string => (number >>> 0).toString(16).padStart(8, "0");
    return hex(this.#high) + hex(this.#low);
  }

  last(): readonly string[] {
    return this.#lines.slice(-linesKept).map((line) => line());
  }
}

/** A number that stands for some bytes in the trace: cheap, and different when they differ. */
export function sampleOf(bytes: Uint8Array): number {
  let sample = bytes.length;
  const stride = Math.max(1, bytes.length >> 4);
  for (let at = 0; at < bytes.length; at += stride) {
    sample = Math.imul(sample, 31) + (bytes[at] as number);
  }
  return sample | 0;
}

/** The beginning of a frame for people. */
export function frameText(data: Uint8Array): string {
  if (data[0] === 0x7b) return Buffer.from(data.subarray(0, 120)).toString("latin1");
  const read = readPagingFrame(data);
  if (!read.ok) return read.error;
  const frame = read.value;
  switch (frame.type) {
    case "hello":
      return `hello ${frame.digest.slice(0, 8)}, credit ${frame.credit}`;
    case "frontier": {
      const entries = frame.entries.map(([author, heads]) => headsText(author, heads));
      const more = frame.hasMore ? ", more" : "";
      return `frontier ${frame.isWhole ? "whole " : ""}${entries.join("; ")}${more}`;
    }
    case "locator":
      return `locator ${headsText(frame.author, frame.heads)}`;
    case "page":
      return `page of ${pageSizeOf(data)?.ops ?? "?"}`;
    case "credit":
      return `credit ${frame.bytes}`;
    case "outlook":
      return `outlook ${frame.ops}`;
    default:
      return frame.type;
  }
}

function headsText(author: string, heads: readonly Head[]): string {
  const texts = heads.map(({ seq, id }) => `${seq}:${id.slice(0, 4)}`);
  return `${author.slice(0, 4)} ${texts.join(" ")}`;
}
