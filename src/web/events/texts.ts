/** Events as bytes; each item is turned into JSON once, however many clients get it. */
import type { TowlineNode } from "../../api/types.ts";
import { eventTextsMax } from "../../base/limits.ts";
import { itemDto } from "../dto/item.ts";
import { positionAt } from "./position.ts";

export function eventBytes(name: string, id: string, data: string): Uint8Array {
  return Buffer.from(`id: ${id}\nevent: ${name}\ndata: ${data}\n\n`);
}

export class ItemTexts {
  readonly #node: TowlineNode;
  /** Null for a deleted item. */
  readonly #texts = new Map<string, string | null>();

  constructor(node: TowlineNode) {
    this.#node = node;
  }

  forget(item: string): void {
    this.#texts.delete(item);
  }

  clear(): void {
    this.#texts.clear();
  }

  /** An event with these items as they are now. */
  event(items: readonly string[], index: number): Uint8Array {
    const live: string[] = [];
    const removed: string[] = [];
    for (const item of items) {
      const text = this.#textOf(item);
      if (text === null) removed.push(item);
      else live.push(text);
    }
    const id = positionAt(this.#node, index);
    const data =
      `{"asOf":${JSON.stringify(id)},"items":[${live.join(",")}],` +
      `"removed":${JSON.stringify(removed)}}`;
    return eventBytes("items", id, data);
  }

  #textOf(item: string): string | null {
    let text = this.#texts.get(item);
    if (text !== undefined) return text;
    const view = this.#node.item(item);
    text = view === null ? null : JSON.stringify(itemDto(this.#node, view));
    if (this.#texts.size >= eventTextsMax) this.#texts.clear();
    this.#texts.set(item, text);
    return text;
  }
}
