/** What happened, as a rolling hash that two runs of one seed must share, and as the last lines. */

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
