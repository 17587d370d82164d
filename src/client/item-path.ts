/**
 * An item id as one part of a path. An id may be `.` or `..`, which every URL parser takes for a
 * step between folders, encoded or not: these two stand behind a `~`, which no id holds.
 */

export function itemSegment(item: string): string {
  return item === "." || item === ".." ? `~${item}` : encodeURIComponent(item);
}

/** What `itemSegment` wrote, decoded already. */
export function itemOfSegment(segment: string): string {
  return segment.startsWith("~") ? segment.slice(1) : segment;
}
