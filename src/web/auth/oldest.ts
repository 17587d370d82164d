/** Maps whose entries come from strangers hold a bounded number of them. */

/** Keeps at most `max` entries: those that came first make room. */
export function dropOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
