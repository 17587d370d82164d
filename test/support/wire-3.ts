/**
 * Frames of version 3 as a stranger reads and writes them, from docs/PROTOCOL.md alone: nothing
 * here may import from src.
 */
import type { MadeOp } from "./wire-op.ts";
import { sha256, uvar } from "./wire-op.ts";

export interface WireHead {
  readonly seq: number;
  readonly id: string;
}

/** Heads of each author. */
export type WireFrontier = ReadonlyMap<string, readonly WireHead[]>;

export interface WireEntry {
  readonly author: string;
  readonly heads: readonly WireHead[];
}

export type Frame3 =
  | { readonly type: "hello"; readonly digest: string; readonly credit: number }
  | {
      readonly type: "frontier";
      readonly isWhole: boolean;
      readonly hasMore: boolean;
      readonly digest: string;
      readonly entries: readonly WireEntry[];
    }
  | { readonly type: "page"; readonly bytes: Buffer }
  | { readonly type: "ready" | "ask" | "unknown" }
  | { readonly type: "credit"; readonly bytes: number }
  | { readonly type: "outlook"; readonly ops: number }
  | { readonly type: "locator"; readonly author: string; readonly heads: readonly WireHead[] }
  | { readonly type: "beat"; readonly bytes: Buffer };

/** Reads bytes from left to right; throws when there are not enough. */
export class WireReader {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new Error("it ends early");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  hex(): string {
    return this.take(32).toString("hex");
  }

  uvar(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(this.take(1)[0] ?? 0);
      value |= (byte & 127n) << shift;
      if (byte >= 128n) continue;
      if (byte === 0n && shift > 0n) throw new Error("an integer is longer than it must be");
      if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error("an integer is too big");
      return Number(value);
    }
  }

  entry(): WireEntry {
    const author = this.hex();
    const count = this.uvar();
    if (count > this.left / 33) throw new Error("it ends early");
    const heads = Array.from({ length: count }, () => ({ seq: this.uvar(), id: this.hex() }));
    if (heads.some(({ seq }) => seq === 0)) throw new Error("a seq of 0");
    return { author, heads };
  }
}

/** Throws what is wrong with the frame. Of keys only the length is checked. */
export function readFrame3(data: Buffer): Frame3 {
  const reader = new WireReader(data);
  const tag = reader.take(1)[0] ?? 0;
  const frame = contentOf(tag, reader);
  if (frame.type !== "unknown" && reader.left > 0) throw new Error("it goes on");
  return frame;
}

function contentOf(tag: number, reader: WireReader): Frame3 {
  switch (tag) {
    case 1:
      return { type: "hello", digest: reader.hex(), credit: reader.uvar() };
    case 2:
      return frontierIn(reader);
    case 3:
      reader.take(reader.left);
      return { type: "page", bytes: reader.bytes };
    case 4:
      return { type: "ready" };
    case 5:
      return { type: "credit", bytes: reader.uvar() };
    case 6:
      return { type: "outlook", ops: reader.uvar() };
    case 7: {
      const { author, heads } = reader.entry();
      if (heads.length > 1_024) throw new Error("too many heads");
      return { type: "locator", author, heads };
    }
    case 8:
      return { type: "ask" };
    case 9:
      if (reader.left > 4_096) throw new Error("too long");
      return { type: "beat", bytes: reader.take(reader.left) };
    default:
      return { type: "unknown" };
  }
}

function frontierIn(reader: WireReader): Frame3 {
  const flags = reader.take(1)[0] ?? 0;
  if (flags > 3) throw new Error("flags above 3");
  const digest = reader.hex();
  const entries: WireEntry[] = [];
  while (reader.left > 0) entries.push(reader.entry());
  const [isWhole, hasMore] = [flags % 2 === 1, flags >= 2];
  return { type: "frontier", isWhole, hasMore, digest, entries };
}

/** The bytes of a frame; the opposite of `readFrame3`. */
export function writeFrame3(frame: Frame3): Buffer {
  switch (frame.type) {
    case "hello":
      return Buffer.concat([Buffer.of(1), Buffer.from(frame.digest, "hex"), uvar(frame.credit)]);
    case "frontier": {
      const flags = (frame.isWhole ? 1 : 0) + (frame.hasMore ? 2 : 0);
      const head = [Buffer.of(2, flags), Buffer.from(frame.digest, "hex")];
      return Buffer.concat([...head, ...frame.entries.map(entryBytes)]);
    }
    case "page":
      return frame.bytes;
    case "ready":
      return Buffer.of(4);
    case "credit":
      return Buffer.concat([Buffer.of(5), uvar(frame.bytes)]);
    case "outlook":
      return Buffer.concat([Buffer.of(6), uvar(frame.ops)]);
    case "locator":
      return Buffer.concat([Buffer.of(7), entryBytes(frame)]);
    case "ask":
      return Buffer.of(8);
    case "beat":
      return Buffer.concat([Buffer.of(9), frame.bytes]);
    case "unknown":
      return Buffer.of(250);
  }
}

function entryBytes({ author, heads }: WireEntry): Buffer {
  const parts = heads.flatMap(({ seq, id }) => [uvar(seq), Buffer.from(id, "hex")]);
  return Buffer.concat([Buffer.from(author, "hex"), uvar(heads.length), ...parts]);
}

export function entriesOf(frontier: WireFrontier): readonly WireEntry[] {
  return [...frontier].map(([author, heads]) => ({ author, heads }));
}

/** The frontier digest: a share for each first byte of a key, and all shares together. */
export function wireFrontierDigest(frontier: WireFrontier): string {
  const byBytes = (left: string, right: string): number => (left < right ? -1 : 1);
  const shares = Array.from({ length: 256 }, (_, first) => {
    const entries = entriesOf(frontier)
      .filter(({ author, heads }) => heads.length > 0 && Buffer.from(author, "hex")[0] === first)
      .sort((left, right) => byBytes(left.author, right.author))
      .map(({ author, heads }) => {
        return { author, heads: [...heads].sort((left, right) => byBytes(left.id, right.id)) };
      });
    if (entries.length === 0) return Buffer.alloc(32);
    return sha256("towline/share/1\0", ...entries.map(entryBytes));
  });
  return sha256("towline/frontier/1\0", ...shares).toString("hex");
}

/** The heads of a set of ops that holds the ancestors of each. */
export function wireFrontierOf(ops: Iterable<MadeOp>): WireFrontier {
  const all = [...ops];
  const followed = new Set(all.map(({ op }) => op.prev));
  const frontier = new Map<string, WireHead[]>();
  for (const { id, op } of all) {
    if (followed.has(id)) continue;
    const heads = frontier.get(op.author) ?? [];
    frontier.set(op.author, [...heads, { seq: op.seq, id }]);
  }
  return frontier;
}
