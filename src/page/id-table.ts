/** Finds 32-byte ids and keys by their bytes, so that no text has to be made of them. */

const size = 32;

/** An open-addressed table: ids are hashes, so their first bytes spread well by themselves. */
export class IdTable {
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #bytes: Uint8Array;
  /** How many there are. */
  count = 0;

  /** A table for up to `capacity` ids. */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * capacity + 1));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#bytes = new Uint8Array(size * capacity);
  }

  /** The ids one after the other, in order of their numbers. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, size * this.count);
  }

  /** The number of the id that lies at `at`, counted from 0 as they were added; -1 for none. */
  find(bytes: Uint8Array, at: number): number {
    return (this.#slots[this.#slotOf(bytes, at)] as number) - 1;
  }

  /** The number of the id that lies at `at`, which is added unless it is there. */
  place(bytes: Uint8Array, at: number): number {
    const slot = this.#slotOf(bytes, at);
    const found = this.#slots[slot] as number;
    if (found > 0) return found - 1;
    const start = size * this.count;
    for (let n = 0; n < size; n += 1) this.#bytes[start + n] = bytes[at + n] as number;
    this.count += 1;
    this.#slots[slot] = this.count;
    return this.count - 1;
  }

  /** The slot that holds the id, or the empty one where it belongs. */
  #slotOf(bytes: Uint8Array, at: number): number {
    const start =
      (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    for (let slot = start & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const found = this.#slots[slot] as number;
      if (found === 0 || this.#holds(found - 1, bytes, at)) return slot;
    }
  }

  #holds(number: number, bytes: Uint8Array, at: number): boolean {
    const from = size * number;
    for (let n = 0; n < size; n += 1) if (this.#bytes[from + n] !== bytes[at + n]) return false;
    return true;
  }
}
