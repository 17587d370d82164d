/**
 * A disk with two images: what was written, and what was synced. A crash keeps the synced one; of
 * a commit that was being synced it keeps all or nothing, as SQLite's log does.
 */
import { withFacts } from "../src/adapters/memory-store.ts";
import { TowlineError } from "../src/base/errors.ts";
import type { NodeId, OpId } from "../src/op/op.ts";
import type { Commit, StoredOp } from "../src/replica/store.ts";

export interface DiskImage {
  readonly ops: StoredOp[];
  readonly ids: OpId[];
  /** Pages that came whole, by the arrival index of their first op. */
  readonly pages: Map<number, Uint8Array>;
  facts: ReadonlyMap<string, string>;
  /** Greatest seq of each author. */
  readonly seqs: Map<NodeId, number>;
}

function emptyImage(): DiskImage {
  return { ops: [], ids: [], pages: new Map(), facts: new Map(), seqs: new Map() };
}

export class SimDisk {
  #image: DiskImage = emptyImage();
  #unsynced: Commit | null = null;
  isFull = false;
  isUnreadable = false;
  /** Some page was damaged; the store's sums show it when it opens. */
  isCorrupt = false;

  /** What is durable. */
  get image(): DiskImage {
    return this.#image;
  }

  open(): { readonly ops: readonly StoredOp[]; readonly facts: ReadonlyMap<string, string> } {
    if (this.isCorrupt) throw new TowlineError("store/corrupt", "A row fails its check.");
    return { ops: this.#image.ops, facts: this.#image.facts };
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
    const { ops, ids, pages, seqs } = this.#image;
    for (const { offset, frame } of commit.pages ?? []) pages.set(ops.length + offset, frame);
    for (const { op, sig, claim } of commit.ops) {
      ops.push({ bytes: op.bytes, sig, ...(claim && { claim }) });
      ids.push(op.id);
      seqs.set(op.author, Math.max(seqs.get(op.author) ?? 0, op.seq));
    }
    this.#image.facts = withFacts(this.#image.facts, commit.facts);
  }

  /** The machine dies; `isKept` says what became of a commit that was being synced. */
  crash(isKept: boolean): void {
    if (isKept) this.sync();
    this.#unsynced = null;
  }

  read(indices: readonly number[]): StoredOp[] {
    if (this.isUnreadable) throw new TowlineError("store/failed", "The disk cannot be read.");
    return indices.map((index) => {
      const op = this.#image.ops[index];
      if (op === undefined) throw new TowlineError("store/failed", `No op number ${index}.`);
      return op;
    });
  }

  readPage(first: number): Uint8Array {
    const page = this.#image.pages.get(first);
    if (this.isUnreadable || page === undefined) {
      throw new TowlineError("store/failed", `No page at ${first}.`);
    }
    return page;
  }

  copy(): DiskImage {
    return copyOf(this.#image);
  }

  replace(image: DiskImage): void {
    this.#image = copyOf(image);
    this.#unsynced = null;
    this.isCorrupt = false;
  }
}

function copyOf({ ops, ids, pages, facts, seqs }: DiskImage): DiskImage {
  return { ops: [...ops], ids: [...ids], pages: new Map(pages), facts, seqs: new Map(seqs) };
}
