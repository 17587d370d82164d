/**
 * Who is there and what they work on, as far as beats tell: one slot for each node, forgotten when
 * no beat comes. Nothing here is ever stored. Time comes in with each call, on the monotonic clock.
 */
import {
  beatBurst,
  beatMs,
  beatsPerSecond,
  presenceMs,
  presenceNodesMax,
  worksHeardMax,
} from "../base/limits.ts";
import type { Crypto, Signer } from "../op/crypto.ts";
import type { MeshId, NodeId, OpId } from "../op/op.ts";
import type { Beat, BeatError, Work } from "./beat.ts";
import { encodeBeat, pagesOf, readBeat } from "./beat.ts";

/** What became of a beat. Only `news` is passed on to other peers. */
export type Received =
  | { readonly verdict: "news"; readonly beat: Beat }
  /** Not newer than what is known. */
  | { readonly verdict: "stale" }
  /** Of a node that nobody here knows, or that sends far too many. */
  | { readonly verdict: "ignored" }
  /** Somebody else runs with the key of this node. */
  | { readonly verdict: "twin" }
  | { readonly verdict: "invalid"; readonly code: BeatError };

/** A node that was heard of lately. */
export interface Present {
  readonly node: NodeId;
  readonly name: string;
  readonly working: readonly Work[];
  /** Monotonic milliseconds of its latest beat. */
  readonly at: number;
}

interface Slot {
  beat: Beat;
  bytes: Uint8Array;
  at: number;
  /** Beats that it may still send at once; refilled with time. */
  credit: number;
}

export interface PresenceOptions {
  readonly mesh: MeshId;
  readonly signer: Signer;
  readonly crypto: Crypto;
  /** Greater than that of every earlier start of this node. [PRS-6] */
  readonly incarnation: number;
  readonly name: string;
  /** Whether a node belongs here: others' beats are not kept, however well signed. */
  readonly isKnown: (node: NodeId) => boolean;
}

export class Presence {
  readonly #options: PresenceOptions;
  readonly #slots = new Map<NodeId, Slot>();
  /** When a beat of its holder last named a claim. The one that was named longest ago is first. */
  readonly #heard = new Map<OpId, { readonly node: NodeId; readonly at: number }>();
  #working: readonly Work[] = [];
  #everyMs = beatMs;
  #count = 0;
  #dueAt = 0;
  #own: readonly Uint8Array[] = [];
  /** Beats that were no beats, for `status`. */
  invalid = 0;
  /** True once somebody else was heard with the key of this node. */
  hasTwin = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Takes a beat from a peer; never throws, whatever the bytes. */
  receive(bytes: Uint8Array, now: number): Received {
    const { signer, incarnation, isKnown } = this.#options;
    const read = readBeat(bytes, this.#options);
    if (!read.ok) return this.#refuse(read.error);
    const { beat, isAuthentic } = read.value;
    const isOwn = beat.node === signer.node;
    // One's own beats come back over rings; one from after this start is by somebody else.
    if (isOwn && beat.incarnation <= incarnation) return { verdict: "stale" };
    if (!isOwn && !isKnown(beat.node)) return { verdict: "ignored" };
    const slot = this.#slots.get(beat.node);
    if (slot !== undefined && !isNewer(beat, slot.beat)) return { verdict: "stale" };
    if (!isAuthentic()) return this.#refuse("beat/signature");
    if (isOwn) {
      this.hasTwin = true;
      return { verdict: "twin" };
    }
    return this.#keep(beat, bytes.slice(), now);
  }

  #refuse(code: BeatError): Received {
    this.invalid += 1;
    return { verdict: "invalid", code };
  }

  #keep(beat: Beat, bytes: Uint8Array, now: number): Received {
    const before = this.#slots.get(beat.node);
    const slot = before ?? { beat, bytes, at: now, credit: beatBurst };
    const refill = (Math.max(0, now - slot.at) / 1_000) * beatsPerSecond;
    slot.credit = Math.min(beatBurst, slot.credit + refill);
    if (slot.credit < 1) {
      slot.at = now;
      return { verdict: "ignored" };
    }
    [slot.beat, slot.bytes, slot.at] = [beat, bytes, now];
    slot.credit -= 1;
    // Behind all others, so that the first slot is the one that was silent for longest.
    this.#slots.delete(beat.node);
    this.#slots.set(beat.node, slot);
    this.#dropFirst(this.#slots, presenceNodesMax);
    for (const { claim } of beat.working) {
      this.#heard.delete(claim);
      this.#heard.set(claim, { node: beat.node, at: now });
    }
    this.#dropFirst(this.#heard, worksHeardMax);
    return { verdict: "news", beat };
  }

  #dropFirst<Key, Value>(map: Map<Key, Value>, max: number): void {
    for (const key of map.keys()) {
      if (map.size <= max) return;
      map.delete(key);
    }
  }

  /** Monotonic milliseconds when `node` last named `claim` as its work; null for never. */
  heardAt(claim: OpId, node: NodeId): number | null {
    const heard = this.#heard.get(claim);
    return heard?.node === node ? heard.at : null;
  }

  /** Nodes that were heard of lately, the one that was silent for longest first. [PRS-4] */
  nodes(now: number): readonly Present[] {
    this.expire(now);
    return [...this.#slots.values()].map(({ beat, at }) => {
      const { node, name, working } = beat;
      return { node, name, working, at };
    });
  }

  /** Forgets nodes of which no beat came for long. */
  expire(now: number): void {
    for (const [node, { at }] of this.#slots) {
      if (now - at < presenceMs) return;
      this.#slots.delete(node);
    }
  }

  /**
   * What this node works on from now on. A change makes a beat due at once; `everyMs` shortens the
   * time between beats for leases that are short.
   */
  work(working: readonly Work[], everyMs: number, now: number): void {
    const isSame =
      working.length === this.#working.length &&
      working.every(({ claim }, at) => claim === this.#working[at]?.claim);
    this.#working = working;
    this.#everyMs = Math.min(beatMs, everyMs);
    if (isSame) this.#dueAt = Math.min(this.#dueAt, now + this.#everyMs);
    else this.#dueAt = now;
  }

  /** The own beats that are due, to be sent to every peer; none before `deadline()`. */
  beats(now: number): readonly Uint8Array[] {
    if (now < this.#dueAt) return [];
    const { mesh, signer, incarnation, name } = this.#options;
    this.#dueAt = now + this.#everyMs;
    this.#own = pagesOf(this.#working, name).map((working) => {
      this.#count += 1;
      const beat: Beat = { node: signer.node, incarnation, count: this.#count, name, working };
      return encodeBeat(beat, mesh, signer);
    });
    return this.#own;
  }

  /** What a peer that has just come is told: the latest beats of all that are there. */
  current(now: number): readonly Uint8Array[] {
    this.expire(now);
    return [...this.#own, ...[...this.#slots.values()].map(({ bytes }) => bytes)];
  }

  /** Monotonic milliseconds at which the next own beat is due. */
  deadline(): number {
    return this.#dueAt;
  }
}

/** [PRS-3] */
function isNewer(beat: Beat, known: Beat): boolean {
  if (beat.incarnation !== known.incarnation) return beat.incarnation > known.incarnation;
  return beat.count > known.count;
}
