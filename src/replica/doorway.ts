/** Who comes in: admissions that wait until they are durable, and keys pinned on first use. */
import type { NodeId } from "../op/op.ts";
import type { Ask } from "../sync/session-effects.ts";
import type { Session } from "../sync/session.ts";
import type { Durability } from "./durability.ts";
import type { ConnId, Notice, Now } from "./events.ts";
import type { Fact } from "./store.ts";
import type { Trust } from "./trust.ts";
import { pinFact } from "./trust.ts";

export class Doorway {
  readonly #trust: Trust;
  readonly #durability: Durability;
  readonly #notify: (notice: Notice) => void;
  /** Sessions that wait until their admission is durable. */
  readonly #admitting = new Map<ConnId, Session>();

  constructor(input: {
    readonly trust: Trust;
    readonly durability: Durability;
    readonly notify: (notice: Notice) => void;
  }) {
    this.#trust = input.trust;
    this.#durability = input.durability;
    this.#notify = input.notify;
  }

  /** The listener at `audience` proved that it is `node`. */
  proved(
    conn: ConnId,
    { node, audience }: { readonly node: NodeId; readonly audience: string },
  ): void {
    if (this.#trust.pin(audience) !== node) {
      const pin: Fact = [pinFact(audience), node];
      this.#trust.learn(pin);
      this.#durability.learn([pin]);
    }
    this.#notify({ kind: "authenticated", conn, peer: node });
  }

  /** Lets a connector in, or not. */
  admit(
    connector: Extract<Ask, { kind: "admit" }>,
    { conn, session, now }: { conn: ConnId; session: Session; now: Now },
  ): void {
    const verdict = this.#trust.admit({ ...connector, now: now.wall });
    if (!verdict.isAdmitted) {
      session.refuse();
      return;
    }
    if (verdict.facts.length > 0) this.#durability.learn(verdict.facts);
    // A key may be trusted by a fact that is itself still on its way to the disk.
    if (this.#durability.hasNewFacts) this.#admitting.set(conn, session);
    else this.#welcome(conn, session, now);
  }

  #welcome(conn: ConnId, session: Session, now: Now): void {
    session.welcome(now.mono);
    if (session.peer !== null) this.#notify({ kind: "authenticated", conn, peer: session.peer });
  }

  /** The admissions are durable. */
  committed(now: Now): void {
    for (const [conn, session] of this.#admitting) this.#welcome(conn, session, now);
    this.#admitting.clear();
  }
}
