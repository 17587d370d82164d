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

const [rootDomain, shareDomain] = [utf8("towline/frontier/1\0"), utf8("towline/share/1\0")];

/** Authors are dealt out by the first byte of their key: a change hashes few of them again. */
const shareCount = 256;

export class Frontier implements Iterable<[NodeId, readonly Head[]]> {
  readonly #heads = new Map<NodeId, readonly Head[]>();
  /** The heads once more, by the first byte of the author's key. */
  readonly #shares = new Map<number, Map<NodeId, readonly Head[]>>();
  /** What is hashed: the domain and the digest of each share, zeros for an empty one. */
  readonly #root = new Uint8Array(rootDomain.length + 32 * shareCount);
  /** Shares whose digest there is not up to date. */
  readonly #changed = new Set<number>();
  #digest: string | null = null;

  constructor(heads: Iterable<readonly [NodeId, readonly Head[]]> = []) {
    this.#root.set(rootDomain);
    for (const [author, list] of heads) this.set(author, list);
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
    const first = Number.parseInt(author.slice(0, 2), 16);
    const share = this.#shares.get(first) ?? new Map<NodeId, readonly Head[]>();
    this.#shares.set(first, share);
    for (const map of [this.#heads, share]) {
      if (heads.length === 0) map.delete(author);
      else map.set(author, heads);
    }
    this.#changed.add(first);
    this.#digest = null;
  }

  /** 64 hex digits. Of what did not change since the last time nothing is hashed again. */
  digest(crypto: Hashing): string {
    if (this.#digest !== null) return this.#digest;
    for (const first of this.#changed) {
      const share = this.#shares.get(first);
      const isEmpty = share === undefined || share.size === 0;
      const digest = isEmpty ? noHash : digestOf(share, crypto);
      this.#root.set(digest, rootDomain.length + 32 * first);
    }
    this.#changed.clear();
    this.#digest = crypto.sha256(this.#root);
    return this.#digest;
  }
}

const noHash = new Uint8Array(32);

/** Each author's entry as in a frontier frame; authors and the heads of each sorted by bytes. */
function digestOf(heads: Heads, crypto: Hashing): Uint8Array {
  const authors = [...heads].sort(([left], [right]) => compareText(left, right));
  const entries = authors.map(([author, list]) => {
    return entryBytes(
      author,
      list.toSorted((left, right) => compareText(left.id, right.id)),
    );
  });
  return fromHex(crypto.sha256(concatBytes([shareDomain, ...entries]))) as Uint8Array;
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
