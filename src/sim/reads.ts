/** What the core asks its disk for: read a little later, when other events have had their turn. */
import type { ReplicaEvent } from "../replica/events.ts";
import type { Life } from "./cast.ts";

const readUsMax = 2_000;

export class Reads {
  /** Reads under way. A store seals nothing that they may rest on. */
  pending = 0;
  readonly #life: Life;

  constructor(life: Life) {
    this.#life = life;
  }

  begin(read: () => ReplicaEvent): void {
    this.pending += 1;
    this.#life.after(this.#life.node.reading.below(readUsMax), () => {
      this.#life.gate(() => {
        this.pending -= 1;
        const answer = this.#read(read);
        if (answer !== null) this.#life.feed(answer);
      });
    });
  }

  /** A disk that cannot be read ends the process; somebody starts it again. */
  #read(read: () => ReplicaEvent): ReplicaEvent | null {
    const { node } = this.#life;
    try {
      return read();
    } catch (cause) {
      if (!node.disk.isUnreadable) throw cause;
      node.crash({ ms: 3_000, isSilent: false });
      return null;
    }
  }
}
