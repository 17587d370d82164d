/** Where the panel of an item is. */
import { itemOfSegment, itemSegment } from "../../src/client/item-path.ts";

/** What is filtered on the board stays in the query. */
export function itemPath(item: string, query = ""): string {
  return `/item/${itemSegment(item)}${query}`;
}

/** The item that a part of a path names, decoded already. */
export function itemAt(segment: string): string {
  return itemOfSegment(segment);
}
