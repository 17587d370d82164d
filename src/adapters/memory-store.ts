/** The store in memory: the twin of the SQLite store, for tests, the simulator and trials. */
import { TowlineError } from "../base/errors.ts";
import type { Commit, Fact, Store, StoredOp } from "../replica/store.ts";

/** What survives closing the store, as a disk does. */
export interface MemoryDisk {
  ops: StoredOp[];
  facts: Map<string, string>;
  /** Bytes of ops and facts that it has room for; more is `store/full`. */
  bytesMax: number;
  /** Bytes of ops that it holds. */
  opBytes: number;
}

export function newMemoryDisk(): MemoryDisk {
  return { ops: [], facts: new Map(), bytesMax: Infinity, opBytes: 0 };
}

/** Opens what is on `disk`. */
export function openMemoryStore(disk: MemoryDisk): Store {
  let isClosed = false;
  const open = (): MemoryDisk => {
    if (isClosed) throw new TowlineError("store/closed", "The store is closed.");
    return disk;
  };
  return {
    ops: () => eachOp(open, open().ops.length),
    facts: () => new Map(open().facts),
    commit: (commit) => commitTo(open(), commit),
    read: (indices) => {
      const { ops } = open();
      return indices.map((index) => opAt(ops, index));
    },
    close: () => {
      isClosed = true;
    },
  };
}

function* eachOp(open: () => MemoryDisk, count: number): Generator<StoredOp> {
  for (let index = 0; index < count; index += 1) yield opAt(open().ops, index);
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
