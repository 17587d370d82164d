/**
 * The binary frames of version 3: from a WebSocket message to a typed frame and back. A page is not
 * read here: it is taken apart with the ops. [V3]
 */
import type { Result } from "../base/brand.ts";
import { failure, success } from "../base/brand.ts";
import { concatBytes, fromHex, readUvar, toHex, uvarLength, writeUvar } from "../base/bytes.ts";
import { beatBytesMax, frontierFrameBytes, locatorHeadsMax } from "../base/limits.ts";
import type { Head } from "../log/frontier.ts";
import { entryBytes } from "../log/frontier.ts";
import { parseNodeId } from "../op/key.ts";
import type { NodeId, OpId } from "../op/op.ts";

/** The first byte of each frame. */
export const tags = {
  hello: 1,
  frontier: 2,
  page: 3,
  ready: 4,
  credit: 5,
  outlook: 6,
  locator: 7,
  ask: 8,
  beat: 9,
} as const;

export type FrontierEntry = readonly [author: NodeId, heads: readonly Head[]];

export interface FrontierFrame {
  readonly type: "frontier";
  /** Whether it replaces all that was said before, or only the authors that it names. */
  readonly isWhole: boolean;
  /** More frames of the same statement follow. */
  readonly hasMore: boolean;
  /** Digest of all that the sender has, in 64 hex digits. */
  readonly digest: string;
  readonly entries: readonly FrontierEntry[];
}

export type PagingFrame =
  | { readonly type: "hello"; readonly digest: string; readonly credit: number }
  | FrontierFrame
  | { readonly type: "page"; readonly bytes: Uint8Array }
  | { readonly type: "ready" }
  | { readonly type: "credit"; readonly bytes: number }
  | { readonly type: "outlook"; readonly ops: number }
  | { readonly type: "locator"; readonly author: NodeId; readonly heads: readonly Head[] }
  | { readonly type: "ask" }
  | { readonly type: "beat"; readonly bytes: Uint8Array }
  | { readonly type: "unknown" };

/** A cursor over a frame that remembers whether it ran out, so that reading never throws. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 1;
  isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.#take(1)[0] ?? 0;
  }

  hash(): string {
    return toHex(this.#take(32));
  }

  uvar(): number {
    const read = this.isBroken ? null : readUvar(this.#bytes, this.#at);
    if (read === null || !read.ok) {
      this.isBroken = true;
      return 0;
    }
    this.#at = read.value.end;
    return read.value.value;
  }

  rest(): Uint8Array {
    return this.#take(this.#bytes.length - this.#at);
  }

  heads(max: number): readonly Head[] {
    const count = this.uvar();
    if (count > max) this.isBroken = true;
    const heads: Head[] = [];
    while (heads.length < count && !this.isBroken) {
      const seq = this.uvar();
      if (seq === 0) this.isBroken = true;
      heads.push({ seq, id: this.hash() as OpId });
    }
    return heads;
  }

  author(): NodeId {
    const author = parseNodeId(this.hash());
    if (author === null) this.isBroken = true;
    return author ?? ("" as NodeId);
  }

  #take(length: number): Uint8Array {
    if (this.isBroken || this.#at + length > this.#bytes.length) {
      this.isBroken = true;
      return this.#bytes.subarray(0, 0);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

type Read = (reader: Reader) => PagingFrame;

const readers: ReadonlyMap<number, Read> = new Map<number, Read>([
  [tags.hello, (reader) => ({ type: "hello", digest: reader.hash(), credit: reader.uvar() })],
  [tags.frontier, readFrontier],
  [tags.ready, () => ({ type: "ready" })],
  [tags.credit, (reader) => ({ type: "credit", bytes: reader.uvar() })],
  [tags.outlook, (reader) => ({ type: "outlook", ops: reader.uvar() })],
  [
    tags.locator,
    (reader) => ({
      type: "locator",
      author: reader.author(),
      heads: reader.heads(locatorHeadsMax),
    }),
  ],
  [tags.ask, () => ({ type: "ask" })],
  [tags.beat, readBeat],
]);

/** Reads one binary message; a failure says in a few words what is wrong, and closes with 4400. */
export function readPagingFrame(data: Uint8Array): Result<PagingFrame, string> {
  const tag = data[0];
  if (tag === undefined) return failure("an empty frame");
  if (tag === tags.page) return success({ type: "page", bytes: data });
  const read = readers.get(tag);
  if (read === undefined) return success({ type: "unknown" });
  const reader = new Reader(data);
  const frame = read(reader);
  const isWhole = !reader.isBroken && reader.isAtEnd;
  return isWhole ? success(frame) : failure(`malformed ${frame.type}`);
}

const wholeFlag = 1;
const moreFlag = 2;

function readFrontier(reader: Reader): PagingFrame {
  const flags = reader.byte();
  if (flags > (wholeFlag | moreFlag)) reader.isBroken = true;
  const digest = reader.hash();
  const entries: FrontierEntry[] = [];
  while (!reader.isBroken && !reader.isAtEnd) {
    entries.push([reader.author(), reader.heads(Infinity)]);
  }
  return {
    type: "frontier",
    isWhole: (flags & wholeFlag) !== 0,
    hasMore: (flags & moreFlag) !== 0,
    digest,
    entries,
  };
}

function readBeat(reader: Reader): PagingFrame {
  const bytes = reader.rest();
  if (bytes.length > beatBytesMax) reader.isBroken = true;
  return { type: "beat", bytes };
}

export function helloFrame(hello: {
  readonly digest: string;
  readonly credit: number;
}): Uint8Array {
  return tagged(tags.hello, [fromHex(hello.digest) as Uint8Array, uvar(hello.credit)]);
}

/**
 * A statement about the sender's durable ops, in as many frames as it takes: of an author whose
 * heads do not fit one frame, the rest stands in the next.
 */
export function frontierFrames(statement: {
  readonly isWhole: boolean;
  readonly digest: string;
  readonly entries: Iterable<FrontierEntry>;
}): readonly Uint8Array[] {
  const { isWhole, digest } = statement;
  const bodies: Uint8Array[][] = [[]];
  let room = frontierFrameBytes;
  for (const [author, heads] of statement.entries) {
    for (let from = 0; from === 0 || from < heads.length; from += headsTogether) {
      const entry = entryBytes(author, heads.slice(from, from + headsTogether));
      if (entry.length > room) {
        bodies.push([]);
        room = frontierFrameBytes;
      }
      room -= entry.length;
      bodies.at(-1)?.push(entry);
    }
  }
  return bodies.map((body, at) => {
    const hasMore = at + 1 < bodies.length;
    const flags = (isWhole ? wholeFlag : 0) | (hasMore ? moreFlag : 0);
    return tagged(tags.frontier, [Uint8Array.of(flags), fromHex(digest) as Uint8Array, ...body]);
  });
}

/** Heads of one author in one entry: they take 41 bytes each at most. */
const headsTogether = 1_000;

export const pagingReadyFrame = Uint8Array.of(tags.ready);

export const askFrame = Uint8Array.of(tags.ask);

export function creditFrame(bytes: number): Uint8Array {
  return tagged(tags.credit, [uvar(bytes)]);
}

export function outlookFrame(ops: number): Uint8Array {
  return tagged(tags.outlook, [uvar(ops)]);
}

export function locatorFrame(author: NodeId, heads: readonly Head[]): Uint8Array {
  return tagged(tags.locator, [entryBytes(author, heads)]);
}

export function beatFrame(bytes: Uint8Array): Uint8Array {
  return tagged(tags.beat, [bytes]);
}

function tagged(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes([Uint8Array.of(tag), ...parts]);
}

function uvar(value: number): Uint8Array {
  const bytes = new Uint8Array(uvarLength(value));
  writeUvar(bytes, 0, value);
  return bytes;
}
