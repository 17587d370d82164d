/** What the board filters by, as the query of its address: a link shows another person the same. */
import type { ItemFilter } from "../../src/client/filter.ts";
import { stages } from "../../src/client/item.ts";

/** Everything but the order, which each column has its own of. */
export type BoardFilter = Omit<ItemFilter, "order">;

const texts = [
  ["search", "q"],
  ["label", "label"],
  ["assignee", "assignee"],
  ["holder", "holder"],
] as const;

export function filterOf(query: string): BoardFilter {
  const params = new URLSearchParams(query);
  const filter: { -readonly [name in keyof BoardFilter]: BoardFilter[name] } = {};
  for (const [name, param] of texts) {
    const value = params.get(param);
    if (value !== null && value !== "") filter[name] = value;
  }
  const stage = stages.find((known) => known === params.get("stage"));
  if (stage !== undefined) filter.stage = stage;
  if (params.get("blocked") === "1") filter.isBlocked = true;
  return filter;
}

/** With the question mark; empty when nothing is filtered. */
export function queryOf(filter: BoardFilter): string {
  const params = new URLSearchParams();
  for (const [name, param] of texts) {
    const value = filter[name];
    if (value !== undefined && value !== "") params.set(param, value);
  }
  if (filter.stage !== undefined) params.set("stage", filter.stage);
  if (filter.isBlocked === true) params.set("blocked", "1");
  const query = params.toString();
  return query === "" ? "" : `?${query}`;
}
