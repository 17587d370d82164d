/**
 * Finds out that two nodes do not come together although they talk: an author whose heads differ
 * and have not moved since the last look. Traffic of others does not hide it. [V3]
 */
import { compareDoublingsMax, compareMs } from "../base/limits.ts";
import type { Frontier, Heads } from "../log/frontier.ts";
import type { NodeId } from "../op/op.ts";

export class Comparison {
  #at = Infinity;
  #hasBegun = false;
  /** What differed at the last look, with the heads of both sides. */
  #differing: ReadonlyMap<NodeId, string> = new Map();
  #doublings = 0;

  /** Monotonic milliseconds of the next look; Infinity while nothing happens. */
  get at(): number {
    return this.#at;
  }

  /** Both sides have sent what the other lacked. */
  begin(now: number): void {
    this.#hasBegun = true;
    this.note(now);
  }

  /** Something was said that may have changed what either side has. */
  note(now: number): void {
    if (this.#hasBegun && this.#at === Infinity) this.#at = now + compareMs;
  }

  /** Ops are still to be sent to the peer: that it lacks them now means nothing later. */
  postpone(now: number): void {
    if (now < this.#at) return;
    this.#at = now + compareMs;
    this.#differing = new Map();
  }

  /** True when it is time to look, and something differs as it did at the last look. */
  isStuck(own: Frontier, peer: Heads, now: number): boolean {
    if (now < this.#at) return false;
    const differing = this.#differences(own, peer);
    const stuck = [...differing].some(([author, heads]) => this.#differing.get(author) === heads);
    this.#differing = differing;
    this.#doublings = stuck ? Math.min(this.#doublings + 1, compareDoublingsMax) : 0;
    this.#at = differing.size === 0 ? Infinity : now + compareMs * 2 ** this.#doublings;
    return stuck;
  }

  #differences(own: Frontier, peer: Heads): Map<NodeId, string> {
    const differing = new Map<NodeId, string>();
    for (const author of new Set([...own.heads.keys(), ...peer.keys()])) {
      const ours = textOf(own.of(author).map(({ id }) => id));
      const theirs = textOf((peer.get(author) ?? []).map(({ id }) => id));
      if (ours !== theirs) differing.set(author, `${ours} ${theirs}`);
    }
    return differing;
  }
}

function textOf(ids: readonly string[]): string {
  return ids.toSorted().join(" ");
}
