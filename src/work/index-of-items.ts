/**
 * Which items there is work in, who waits for whom, and which are held: kept up with each change,
 * so that nobody walks over all items to find the next one.
 */
import { texts } from "../claims/ready.ts";
import type { Claims } from "../claims/claims.ts";
import { itemsWithClaims, itemWithClaims } from "../claims/over.ts";
import { member } from "../base/json.ts";
import type { ItemView } from "../pipeline/document.ts";
import type { WorkHost } from "./host.ts";

const workStages: readonly unknown[] = ["backlog", "coding", "qa", "merge"];

export class ItemIndex {
  readonly #host: WorkHost;
  /** What the index was made from: a full disk replaces it. */
  #claims: Claims | null = null;
  /** Whether all items were looked at, and not only those with claims. */
  #isWhole = false;
  readonly #workable = new Set<string>();
  readonly #held = new Set<string>();
  readonly #needs = new Map<string, readonly string[]>();
  readonly #dependents = new Map<string, Set<string>>();

  constructor(host: WorkHost) {
    this.#host = host;
  }

  view(item: string): ItemView | null {
    const { document, claims } = this.#host.state;
    return itemWithClaims(document, claims, item);
  }

  /** Takes in what changed; starts anew when the state is another one. */
  refresh(items: ReadonlySet<string> = new Set()): void {
    const { claims } = this.#host.state;
    if (claims === this.#claims) {
      for (const item of items) this.#update(item);
      return;
    }
    this.#claims = claims;
    this.#isWhole = false;
    this.#held.clear();
    for (const item of claims.items()) this.#updateHeld(item);
  }

  #update(item: string): void {
    this.#updateHeld(item);
    if (this.#isWhole) this.#updateWork(item, this.view(item));
  }

  #updateHeld(item: string): void {
    const { claims, document } = this.#host.state;
    const standing = document.state(item) === "live" ? claims.standing(item) : null;
    put(this.#held, item, standing !== null && standing.end === null);
  }

  /** Looks at all items, once: most nodes run without ever asking what is next. */
  #makeWhole(): void {
    this.refresh();
    if (this.#isWhole) return;
    this.#isWhole = true;
    for (const map of [this.#workable, this.#needs, this.#dependents]) map.clear();
    const { document, claims } = this.#host.state;
    for (const view of itemsWithClaims(document, claims)) this.#updateWork(view.item, view);
  }

  #updateWork(item: string, view: ItemView | null): void {
    put(this.#workable, item, view !== null && workStages.includes(member(view.fields, "stage")));
    for (const before of this.#needs.get(item) ?? []) this.#dependents.get(before)?.delete(item);
    const needs = view === null ? [] : texts(member(view.fields, "depends_on"));
    if (needs.length === 0) this.#needs.delete(item);
    else this.#needs.set(item, needs);
    for (const need of needs) {
      const dependents = this.#dependents.get(need) ?? new Set();
      this.#dependents.set(need, dependents.add(item));
    }
  }

  /** Items in a stage in which there is work, in no order. */
  workable(): ReadonlySet<string> {
    this.#makeWhole();
    return this.#workable;
  }

  /** Live items with a claim that has not ended, expired or not. */
  held(): ReadonlySet<string> {
    this.refresh();
    return this.#held;
  }

  /** How many items that are not finished wait for `item`. */
  dependentsOf(item: string): number {
    let count = 0;
    for (const each of this.#dependents.get(item) ?? []) if (this.#workable.has(each)) count += 1;
    return count;
  }

  /** Live items that name `item` among those that they wait for, whatever its stage. */
  waitingFor(item: string): ReadonlySet<string> {
    this.#makeWhole();
    return this.#dependents.get(item) ?? new Set();
  }

  needsOf(item: string): readonly string[] {
    this.#makeWhole();
    return this.#needs.get(item) ?? [];
  }
}

function put(set: Set<string>, item: string, isIn: boolean): void {
  if (isIn) set.add(item);
  else set.delete(item);
}
