/**
 * A set of texts in which a concurrent add survives a remove: a remove takes back the adds that it
 * names and no others, whichever arrived first. [WIRE 3]
 */
import { compareText } from "../base/bytes.ts";
import type { OpId } from "../op/op.ts";
import type { Stamp } from "./order.ts";
import { laterStamp } from "./order.ts";

/** What is known of one value. An id in `removed` is dead for good; its add may yet come. */
interface Element {
  readonly adds: Map<OpId, Stamp>;
  removed: Set<string> | null;
}

export class AddWinsSet {
  readonly #elements = new Map<string, Element>();

  /** Adds of one value by one op are one add: its id is the tag. */
  add(value: string, stamp: Stamp): void {
    const element = this.#element(value);
    if (element.removed === null || !element.removed.has(stamp.id)) {
      element.adds.set(stamp.id, stamp);
    }
  }

  /** Takes back the adds of `value` by the ops `ids`; ids of other ops are remembered as well. */
  remove(value: string, ids: readonly string[]): void {
    if (ids.length === 0) return;
    const element = this.#element(value);
    element.removed ??= new Set();
    for (const id of ids) {
      element.removed.add(id);
      element.adds.delete(id as OpId);
    }
  }

  /** The values that are in the set, sorted by code units. */
  values(): string[] {
    const values: string[] = [];
    for (const [value, element] of this.#elements) if (element.adds.size > 0) values.push(value);
    return values.sort(compareText);
  }

  /** The adds that keep `value` in the set, sorted. To take the value out, name them all. */
  adds(value: string): OpId[] {
    const element = this.#elements.get(value);
    return element === undefined ? [] : [...element.adds.keys()].sort(compareText);
  }

  /** The latest of the adds that keep `value` in the set; null when it is not in the set. */
  lastAdd(value: string): Stamp | null {
    let last: Stamp | null = null;
    const element = this.#elements.get(value);
    if (element === undefined) return null;
    for (const stamp of element.adds.values()) last = last ? laterStamp(last, stamp) : stamp;
    return last;
  }

  #element(value: string): Element {
    let element = this.#elements.get(value);
    if (element === undefined) {
      element = { adds: new Map(), removed: null };
      this.#elements.set(value, element);
    }
    return element;
  }
}
