/** The simulator's chance: sfc32 with 128 bits of state, and substreams by name. */
import { hash } from "node:crypto";
import { assert } from "../base/assert.ts";

/** One name, one sequence: a draw in one substream does not shift any other. */
export class Prng {
  readonly name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(name: string) {
    this.name = name;
    const digest = hash("sha256", name, "buffer");
    this.#a = digest.readInt32LE(0);
    this.#b = digest.readInt32LE(4);
    this.#c = digest.readInt32LE(8);
    this.#counter = digest.readInt32LE(12);
  }

  sub(name: string): Prng {
    return new Prng(`${this.name}/${name}`);
  }

  /** 32 random bits, as an integer from 0. */
  u32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** From [0, 1). */
  float(): number {
    return this.u32() / 4_294_967_296;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<Value>(values: readonly Value[]): Value {
    assert(values.length > 0, "nothing is picked from nothing");
    return values[this.below(values.length)] as Value;
  }

  /** An index, as often as its weight says. */
  weighted(weights: readonly number[]): number {
    let left = this.float() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [index, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return index;
    }
    return weights.length - 1;
  }

  /** Exponential, so mostly small and seldom large. */
  around(mean: number): number {
    return -mean * Math.log(1 - this.float());
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.u32() & 255;
    return bytes;
  }

  hex(length: number): string {
    let text = "";
    while (text.length < 2 * length) text += this.u32().toString(16).padStart(8, "0");
    return text.slice(0, 2 * length);
  }

  shuffled<Value>(values: readonly Value[]): Value[] {
    const left = [...values];
    const order: Value[] = [];
    while (left.length > 0) order.push(...left.splice(this.below(left.length), 1));
    return order;
  }
}
