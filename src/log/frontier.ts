/**
 * A frontier: per author the heads of its chain, seq and id. Each head stands for the whole chain
 * under it, so equal frontiers mean equal sets of ops, forks and lost tails included. [WIRE 8]
 */
import { compareText, concatBytes, fromHex, utf8, uvarLength, writeUvar } from "../base/bytes.ts";
import type { Crypto } from "../op/crypto.ts";
import type { NodeId, OpId } from "../op/op.ts";
import type { Entry } from "./log.ts";

/** An op of an author that no other op of that author follows. */
export interface Head {
  readonly seq: number;
  readonly id: OpId;
}

/** What a peer says that it has. An author without a fork has one head. */
export type Heads = ReadonlyMap<NodeId, readonly Head[]>;

type Hashing = Pick<Crypto, "sha256">;

const domain = utf8("towline/frontier/1\0");

export class Frontier implements Iterable<[NodeId, readonly Head[]]> {
  readonly #heads: Map<NodeId, readonly Head[]>;
  #digest: string | null = null;

  constructor(heads: Iterable<readonly [NodeId, readonly Head[]]> = []) {
    this.#heads = new Map(heads);
  }

  get heads(): Heads {
    return this.#heads;
  }

  /** How many authors there are. */
  get size(): number {
    return this.#heads.size;
  }

  of(author: NodeId): readonly Head[] {
    return this.#heads.get(author) ?? [];
  }

  [Symbol.iterator](): MapIterator<[NodeId, readonly Head[]]> {
    return this.#heads.entries();
  }

  /** Takes in an op that follows what is here, or forks it. */
  advance({ author, seq, id, prev }: Entry): void {
    const others = this.of(author).filter((head) => head.id !== prev?.id);
    this.set(author, [...others, { seq, id }]);
  }

  set(author: NodeId, heads: readonly Head[]): void {
    this.#digest = null;
    if (heads.length === 0) this.#heads.delete(author);
    else this.#heads.set(author, heads);
  }

  /** 64 hex digits; made once for each change. */
  digest(crypto: Hashing): string {
    this.#digest ??= crypto.sha256(concatBytes([domain, ...this.#sorted()]));
    return this.#digest;
  }

  /** Each author's entry as in a frontier frame; authors and the heads of each sorted by bytes. */
  #sorted(): Uint8Array[] {
    const authors = [...this.#heads].sort(([left], [right]) => compareText(left, right));
    return authors.map(([author, heads]) => {
      const sorted = heads.toSorted((left, right) => compareText(left.id, right.id));
      return entryBytes(author, sorted);
    });
  }
}

/** `author (32) | uvar heads | heads x (uvar seq | id (32))` */
export function entryBytes(author: NodeId, heads: readonly Head[]): Uint8Array {
  const counts = [heads.length, ...heads.map(({ seq }) => seq)];
  const uvars = counts.reduce((sum, value) => sum + uvarLength(value), 0);
  const bytes = new Uint8Array(32 + 32 * heads.length + uvars);
  bytes.set(fromHex(author) as Uint8Array);
  let at = writeUvar(bytes, 32, heads.length);
  for (const { seq, id } of heads) {
    at = writeUvar(bytes, at, seq);
    bytes.set(fromHex(id) as Uint8Array, at);
    at += 32;
  }
  return bytes;
}
