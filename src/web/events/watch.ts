/** Notices what followers should hear of: items that ops touch, claims that run out, peers. */
import type { NodeEvents, TowlineNode } from "../../api/types.ts";
import { member } from "../../base/json.ts";
import { isFinished } from "../../claims/ready.ts";
import type { ClaimState } from "../../client/contract.ts";

/** Between two looks at the claims: nothing tells when one runs out. */
const lookEveryMs = 1_000;

const statusEvents = [
  "peers",
  "stated",
  "synced",
  "diverged",
  "rejected",
  "fork",
  "problem",
] as const satisfies readonly (keyof NodeEvents)[];

interface Listener {
  touched(item: string): void;
  statusChanged(): void;
}

/** What of a claim changes without an op. */
interface Seen {
  readonly state: ClaimState;
  readonly silentMs: number | null;
}

export class Watch {
  readonly #node: TowlineNode;
  readonly #listener: Listener;
  readonly #stops: readonly (() => void)[];
  /** Of items that others wait for: whether they are finished. */
  readonly #finished = new Map<string, boolean>();
  #claims = new Map<string, Seen>();
  #lookedAt = -Infinity;

  constructor(node: TowlineNode, listener: Listener) {
    this.#node = node;
    this.#listener = listener;
    const told = (): void => listener.statusChanged();
    this.#stops = [
      node.on("applied", ({ items }) => this.#applied(items)),
      ...statusEvents.map((name) => node.on(name, told)),
    ];
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #applied(items: ReadonlySet<string>): void {
    const { index } = this.#node.work.board;
    for (const item of items) {
      this.#listener.touched(item);
      const waiting = index.waitingFor(item);
      if (waiting.size === 0) continue;
      const view = this.#node.item(item);
      const isDone = view === null || isFinished(member(view.fields, "stage"));
      if (this.#finished.get(item) === isDone) continue;
      this.#finished.set(item, isDone);
      for (const each of waiting) this.#listener.touched(each);
    }
  }

  /** Finds claims that ran out, or whose holder was heard of again. */
  look(now: number): void {
    if (now - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = now;
    const { board } = this.#node.work;
    const before = this.#claims;
    this.#claims = new Map();
    for (const item of board.index.held()) {
      const { state, silentMs } = board.row(item);
      this.#claims.set(item, { state, silentMs });
      const seen = before.get(item);
      if (seen === undefined) continue;
      const isHeardAnew = (silentMs ?? 0) < (seen.silentMs ?? 0);
      if (state !== seen.state || isHeardAnew) this.#listener.touched(item);
    }
  }
}
