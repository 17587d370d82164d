/** The store in memory: the twin of the SQLite store, for tests, the simulator and trials. */
import { TowlineError } from "../base/errors.ts";
import { sealedFromOps } from "../base/limits.ts";
import type { Span } from "../log/spans.ts";
import type { Commit, Fact, Sealed, Store, StoredOp, StoredPage } from "../replica/store.ts";
import { PageSpans } from "./page-spans.ts";
import type { Seal } from "./sealing.ts";
import { codecOf, seal } from "./sealing.ts";

/** What survives closing the store, as a disk does. */
export interface MemoryDisk {
  /** All ops, those in pages too. */
  ops: StoredOp[];
  /** The pages, by the number of their first op. */
  pages: Map<number, StoredPage>;
  facts: Map<string, string>;
  /** Bytes of ops and facts that it has room for; more is `store/full`. */
  bytesMax: number;
  /** Bytes of ops that it holds. */
  opBytes: number;
}

export function newMemoryDisk(): MemoryDisk {
  return { ops: [], pages: new Map(), facts: new Map(), bytesMax: Infinity, opBytes: 0 };
}

/** Opens what is on `disk`. */
export function openMemoryStore(disk: MemoryDisk): Store {
  return new MemoryStore(disk);
}

class MemoryStore implements Store {
  readonly #disk: MemoryDisk;
  readonly #spans: PageSpans;
  /** Ops below this number that are in no page lack the signatures for one; so many they are. */
  #triedTo = 0;
  #stuck = 0;
  #isClosed = false;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
    const spans = [...disk.pages.values()].map(({ first, count }) => ({ first, count }));
    this.#spans = new PageSpans(spans);
  }

  #open(): MemoryDisk {
    if (this.#isClosed) throw new TowlineError("store/closed", "The store is closed.");
    return this.#disk;
  }

  ops(): Iterable<StoredOp | StoredPage> {
    return this.#scan(this.#open().ops.length);
  }

  *#scan(end: number): Generator<StoredOp | StoredPage> {
    for (let at = 0; at < end;) {
      const { ops, pages } = this.#open();
      const page = pages.get(at);
      const isWhole = page !== undefined && at + page.count <= end;
      yield isWhole ? page : opAt(ops, at);
      at += isWhole ? page.count : 1;
    }
  }

  facts(): ReadonlyMap<string, string> {
    return new Map(this.#open().facts);
  }

  commit(commit: Commit): void {
    const disk = this.#open();
    const first = disk.ops.length;
    commitTo(disk, commit);
    for (const { offset, count, frame } of commit.pages ?? []) {
      this.#addPage({ first: first + offset, count, frame });
    }
  }

  #addPage(page: StoredPage): void {
    this.#disk.pages.set(page.first, page);
    this.#spans.add({ first: page.first, count: page.count });
  }

  read(indices: readonly number[]): readonly StoredOp[] {
    const { ops } = this.#open();
    return indices.map((index) => opAt(ops, index));
  }

  pages(): readonly Span[] {
    this.#open();
    return this.#spans.all();
  }

  readPage(first: number): Uint8Array {
    const page = this.#open().pages.get(first);
    if (page === undefined)
      throw new TowlineError("store/failed", `The store has no page ${first}.`);
    return page.frame;
  }

  get looseOps(): number {
    return this.#disk.ops.length - this.#spans.ops - this.#stuck;
  }

  *seal(): Generator<undefined, Sealed | null> {
    const { ops, facts } = this.#open();
    const { length } = ops;
    const { looseOps } = this;
    const codec = codecOf(facts);
    if (codec === null || looseOps < sealedFromOps) return null;
    const { first, ends } = this.#spans.room(this.#triedTo, length);
    let sealed: Seal | null = null;
    for (const end of ends) sealed ??= yield* seal(codec, [ops.slice(first, end)]);
    if (sealed === null) {
      this.#triedTo = length;
      this.#stuck += looseOps;
      return null;
    }
    const { count, frame } = sealed;
    const bare = sealed.bare.map((at) => first + at);
    for (const index of bare) ops[index] = { bytes: opAt(ops, index).bytes, sig: null };
    this.#addPage({ first, count, frame });
    return { first, count, bare };
  }

  close(): void {
    this.#isClosed = true;
  }
}

function opAt(ops: readonly StoredOp[], index: number): StoredOp {
  const op = ops[index];
  if (op === undefined)
    throw new TowlineError("store/failed", `The store has no op number ${index}.`);
  return op;
}

function commitTo(disk: MemoryDisk, commit: Commit): void {
  const ops = commit.ops.map(({ op, sig, claim }): StoredOp => ({
    bytes: op.bytes,
    sig,
    ...(claim && { claim }),
  }));
  const facts = withFacts(disk.facts, commit.facts);
  const bytes = disk.opBytes + opBytes(ops);
  if (bytes + factBytes(facts) > disk.bytesMax)
    throw new TowlineError("store/full", "The disk in memory is full.");
  disk.opBytes = bytes;
  for (const op of ops) disk.ops.push(op);
  disk.facts = facts;
}

/** The facts after a commit: null removes a key, the last of several entries holds. */
export function withFacts(
  facts: ReadonlyMap<string, string>,
  changes: readonly Fact[],
): Map<string, string> {
  const changed = new Map(facts);
  for (const [key, value] of changes) {
    if (value === null) changed.delete(key);
    else changed.set(key, value);
  }
  return changed;
}

function opBytes(ops: readonly StoredOp[]): number {
  let bytes = 0;
  for (const { bytes: body, sig, claim } of ops)
    bytes += body.length + (sig?.length ?? 0) + (claim?.length ?? 0);
  return bytes;
}

function factBytes(facts: ReadonlyMap<string, string>): number {
  let bytes = 0;
  for (const [key, value] of facts) bytes += key.length + value.length;
  return bytes;
}
