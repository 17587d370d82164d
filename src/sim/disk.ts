/**
 * A disk with two images: what was written, and what was synced. A crash keeps the synced one; of
 * a commit that was being synced it keeps all or nothing, as SQLite's log does.
 */
import { withFacts } from "../adapters/memory-store.ts";
import { TowlineError } from "../base/errors.ts";
import { Frontier } from "../log/frontier.ts";
import type { NodeId, Op, OpId } from "../op/op.ts";
import type { Stored } from "../replica/options.ts";
import type { Commit, StoredOp, StoredPage } from "../replica/store.ts";

export interface DiskImage {
  /** What `read` gives, by arrival index. */
  readonly rows: StoredOp[];
  readonly ops: Op[];
  readonly ids: Set<OpId>;
  /** Pages that are kept, by the arrival index of their first op. */
  readonly pages: Map<number, StoredPage>;
  /** Arrival indices of the ops that some page holds. */
  readonly inPages: Set<number>;
  facts: ReadonlyMap<string, string>;
  /** Greatest seq of each author. */
  readonly seqs: Map<NodeId, number>;
  /** The heads of all chains, worked out apart from the core. */
  readonly frontier: Frontier;
}

function emptyImage(): DiskImage {
  return {
    rows: [],
    ops: [],
    ids: new Set(),
    pages: new Map(),
    inPages: new Set(),
    facts: new Map(),
    seqs: new Map(),
    frontier: new Frontier(),
  };
}

export class SimDisk {
  #image: DiskImage = emptyImage();
  #unsynced: Commit | null = null;
  /** How often the disk was replaced by another one: what was said of the old one is stale. */
  epoch = 0;
  isFull = false;
  isUnreadable = false;
  /** Some page was damaged; the store's sums show it when it opens. */
  isCorrupt = false;

  /** What is durable. */
  get image(): DiskImage {
    return this.#image;
  }

  open(): Stored {
    if (this.isCorrupt) throw new TowlineError("store/corrupt", "A row fails its check.");
    return { ops: inOrder(this.#image), facts: this.#image.facts };
  }

  /** First half of a commit: nothing of it is durable yet. */
  write(commit: Commit): void {
    if (this.isFull) throw new TowlineError("store/full", "The disk is full.");
    this.#unsynced = commit;
  }

  /** Second half: all of it is. */
  sync(): void {
    const commit = this.#unsynced;
    this.#unsynced = null;
    if (commit === null) return;
    const image = this.#image;
    for (const { offset, count, frame } of commit.pages ?? []) {
      keepPage(image, { first: image.rows.length + offset, count, frame });
    }
    for (const { op, sig, claim } of commit.ops) {
      image.rows.push({ bytes: op.bytes, sig, ...(claim && { claim }) });
      addOp(image, op);
    }
    image.facts = withFacts(image.facts, commit.facts);
  }

  /** The machine dies; `isKept` says what became of a commit that was being synced. */
  crash(isKept: boolean): void {
    if (isKept) this.sync();
    this.#unsynced = null;
  }

  read(indices: readonly number[]): StoredOp[] {
    if (this.isUnreadable) throw new TowlineError("store/failed", "The disk cannot be read.");
    return indices.map((index) => {
      const op = this.#image.rows[index];
      if (op === undefined) throw new TowlineError("store/failed", `No op number ${index}.`);
      return op;
    });
  }

  readPage(first: number): Uint8Array {
    const page = this.#image.pages.get(first);
    if (this.isUnreadable || page === undefined) {
      throw new TowlineError("store/failed", `No page at ${first}.`);
    }
    return page.frame;
  }

  copy(): DiskImage {
    return copyOf(this.#image);
  }

  replace(image: DiskImage): void {
    this.#image = copyOf(image);
    this.#unsynced = null;
    this.isCorrupt = false;
    this.epoch += 1;
  }

  /** Another disk, without anything on it. */
  clear(): void {
    this.replace(emptyImage());
  }
}

function addOp({ ops, ids, seqs, frontier }: DiskImage, op: Op): void {
  ops.push(op);
  ids.add(op.id);
  seqs.set(op.author, Math.max(seqs.get(op.author) ?? 0, op.seq));
  const others = frontier.of(op.author).filter(({ id }) => id !== op.prev);
  frontier.set(op.author, [...others, { seq: op.seq, id: op.id }]);
}

/** Each page whole, and the rows between them. */
function* inOrder({ rows, pages }: DiskImage): Iterable<StoredOp | StoredPage> {
  for (let at = 0; at < rows.length;) {
    const page = pages.get(at);
    yield page ?? (rows[at] as StoredOp);
    at += page?.count ?? 1;
  }
}

export function keepPage({ pages, inPages }: DiskImage, page: StoredPage): void {
  pages.set(page.first, page);
  for (let at = 0; at < page.count; at += 1) inPages.add(page.first + at);
}

function copyOf(image: DiskImage): DiskImage {
  return {
    rows: [...image.rows],
    ops: [...image.ops],
    ids: new Set(image.ids),
    pages: new Map(image.pages),
    inPages: new Set(image.inPages),
    facts: image.facts,
    seqs: new Map(image.seqs),
    frontier: new Frontier(image.frontier.heads),
  };
}
