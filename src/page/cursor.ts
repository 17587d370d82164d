/** A cursor over bytes that remembers the first thing wrong with them, so that it never throws. */
import { readUvar } from "../base/bytes.ts";

export class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  /** What is wrong; then all that is read later means nothing. */
  fault: string | null = null;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  fail(fault: string): void {
    this.fault ??= fault;
  }

  integer(): number {
    const read = readUvar(this.bytes, this.at);
    if (read.ok) {
      this.at = read.value.end;
      return read.value.value;
    }
    this.fail(read.error === "short" ? "it ends early" : "an integer is not in its one form");
    return 0;
  }

  /** A count of up to `max` things that take at least `unit` bytes each: for these is room. */
  count(unit: number, max: number): number {
    const count = this.integer();
    if (count <= max && count * unit <= this.bytes.length - this.at) return count;
    this.fail(count > max ? "a count is too large" : "it ends early");
    return 0;
  }

  /** `count` integers in a row. */
  column(count: number): Float64Array {
    const values = new Float64Array(count);
    if (count > this.bytes.length - this.at) this.fail("it ends early");
    for (let n = 0; n < count && this.fault === null; n += 1) {
      const byte = this.bytes[this.at] as number;
      // Nearly all of them are a single byte.
      if (byte < 128) this.at += 1;
      values[n] = byte < 128 ? byte : this.integer();
    }
    return values;
  }

  /** Passes over `length` bytes and returns where they begin. */
  skip(length: number): number {
    const from = this.at;
    if (length > this.bytes.length - from) this.fail("it ends early");
    else this.at += length;
    return from;
  }
}
