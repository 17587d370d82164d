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

/** What followers were told of a claim, as far as it changes without an op. */
interface Told {
  readonly state: ClaimState;
  /** When its holder was last heard of. */
  readonly heardAt: number;
}

/** Signs of life come all the time; followers hear of them when what they show is so much older. */
const newerMs = 15_000;

export class Watch {
  readonly #node: TowlineNode;
  readonly #listener: Listener;
  readonly #stops: readonly (() => void)[];
  /** Of items that others wait for: whether they are finished. */
  readonly #finished = new Map<string, boolean>();
  #claims = new Map<string, Told>();
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
      const told = before.get(item);
      const heardAt = now - (silentMs ?? 0);
      const isNews = told?.state !== state || heardAt - told.heardAt > newerMs;
      this.#claims.set(item, isNews ? { state, heardAt } : told);
      if (isNews && told !== undefined) this.#listener.touched(item);
    }
  }
}
