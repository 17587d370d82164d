/**
 * A peer of version 3 as a stranger writes one, from docs/PROTOCOL.md alone: it says what a test
 * has it say, keeps what comes, and notes every rule that the other side breaks on the way.
 */
import { until } from "./until.ts";
import type { ConnectOptions } from "./wire-client.ts";
import { connect } from "./wire-client.ts";
import type { Frame3, WireFrontier, WireHead } from "./wire-3.ts";
import {
  entriesOf,
  readFrame3,
  wireFrontierDigest,
  wireFrontierOf,
  writeFrame3,
} from "./wire-3.ts";
import type { MadeOp } from "./wire-op.ts";
import { readPage3, writePage3 } from "./wire-page.ts";
import type { WirePeer } from "./wire-peer.ts";

type FrameOf<Type extends Frame3["type"]> = Extract<Frame3, { type: Type }>;

export interface Connect3Options extends ConnectOptions {
  /** Ops that it has before. */
  readonly ops?: readonly MadeOp[];
  /** Bytes of pages that it takes; default: as much as comes. */
  readonly credit?: number;
}

const plenty = 2 ** 40;

export class WirePeer3 {
  readonly peer: WirePeer;
  readonly frames: Frame3[] = [];
  /** What it has, by its own count: given or received. */
  readonly has = new Map<string, MadeOp>();
  /** What the other side has stated. */
  readonly stated = new Map<string, readonly WireHead[]>();
  /** Bytes of frames of version 3, both ways. */
  bytesIn = 0;
  bytesOut = 0;
  /** Credit that the other side has left here, and that it gave. */
  creditGiven: number;
  creditTaken = 0;
  /** Authors that an unfinished statement has named. */
  #named: Set<string> | null = null;

  constructor(peer: WirePeer, options: Pick<Connect3Options, "ops" | "credit">) {
    this.peer = peer;
    this.creditGiven = options.credit ?? plenty;
    for (const op of options.ops ?? []) this.#keep(op);
    for (const data of peer.binaries) this.#take(data);
    peer.onBinary = (data) => this.#take(data);
  }

  get faults(): readonly string[] {
    return this.peer.faults;
  }

  /** The frontier of what it has. */
  get frontier(): WireFrontier {
    return wireFrontierOf(this.has.values());
  }

  all<Type extends Frame3["type"]>(type: Type): readonly FrameOf<Type>[] {
    return this.frames.filter((frame): frame is FrameOf<Type> => frame.type === type);
  }

  send(frame: Frame3 | Buffer): void {
    const bytes = Buffer.isBuffer(frame) ? frame : writeFrame3(frame);
    this.bytesOut += bytes.length;
    this.peer.send(bytes);
  }

  sayHello(): void {
    const digest = wireFrontierDigest(this.frontier);
    this.send({ type: "hello", digest, credit: this.creditGiven });
  }

  /** States of all authors, or of some, what it has. */
  state(authors: ReadonlySet<string> | null = null): void {
    const digest = wireFrontierDigest(this.frontier);
    const entries = entriesOf(this.frontier).filter(
      ({ author }) => authors === null || authors.has(author),
    );
    this.send({ type: "frontier", isWhole: authors === null, hasMore: false, digest, entries });
  }

  sendPage(ops: readonly MadeOp[], options: { readonly isPacked?: boolean } = {}): void {
    const page = writePage3(ops, options);
    for (const op of ops) this.#keep(op);
    this.send(page);
  }

  give(credit: number): void {
    this.creditGiven += credit;
    this.send({ type: "credit", bytes: credit });
  }

  /** The first frame of this type, or the one after `count` of them. */
  async frame<Type extends Frame3["type"]>(type: Type, count = 0): Promise<FrameOf<Type>> {
    return await until(
      () => {
        const frame = this.all(type)[count];
        if (frame === undefined && this.peer.end !== null) {
          throw new Error(`closed with ${this.peer.end.code} before ${type}`);
        }
        return frame;
      },
      () => `${type} came; there were ${this.frames.map((frame) => frame.type).join(" ")}`,
    );
  }

  /** Resolves when the other side has stated that it has this op as the head of its author. */
  async acknowledged({ id, op }: MadeOp): Promise<void> {
    await until(
      () => this.stated.get(op.author)?.some((head) => head.id === id),
      `op ${id} was acknowledged`,
    );
  }

  async got(ids: Iterable<string>): Promise<void> {
    for (const id of ids) {
      await until(
        () => this.has.has(id),
        () => `op ${id} came; there are ${this.has.size}`,
      );
    }
  }

  #keep(op: MadeOp): void {
    this.has.set(op.id, op);
    this.peer.known.add(op.id);
  }

  #take(data: Buffer): void {
    this.bytesIn += data.length;
    try {
      const frame = readFrame3(data);
      this.frames.push(frame);
      if (frame.type === "page") this.#takePage(frame.bytes);
      if (frame.type === "frontier") this.#takeFrontier(frame);
      if (frame.type === "unknown") this.peer.faults.push("a frame of an unknown type");
    } catch (error) {
      this.peer.faults.push(`a malformed frame: ${String(error)}`);
    }
  }

  #takePage(bytes: Buffer): void {
    if (this.creditTaken >= this.creditGiven) this.peer.faults.push("a page without credit");
    this.creditTaken += bytes.length;
    const ops = readPage3(this.peer.mesh, bytes);
    this.peer.judge(ops);
    for (const op of ops) this.#keep(op);
  }

  #takeFrontier({ isWhole, hasMore, digest, entries }: FrameOf<"frontier">): void {
    if (this.#named === null) {
      this.#named = new Set();
      if (isWhole) this.stated.clear();
    }
    for (const { author, heads } of entries) {
      const before = this.#named.has(author) ? (this.stated.get(author) ?? []) : [];
      this.#named.add(author);
      this.stated.set(author, [...before, ...heads]);
    }
    if (hasMore) return;
    this.#named = null;
    const isRight = wireFrontierDigest(this.stated) === digest;
    if (!isRight) this.peer.faults.push("a statement with another digest");
  }
}

/** Goes through the handshake and says hello, without waiting for an answer. */
export async function hail3(options: Connect3Options): Promise<WirePeer3> {
  const peer = new WirePeer3(await connect({ ...options, version: 3 }), options);
  peer.sayHello();
  return peer;
}

/** The same, and all that both sides have to say until both stream. */
export async function join3(options: Connect3Options): Promise<WirePeer3> {
  const peer = await hail3(options);
  const hello = await peer.frame("hello");
  const own = wireFrontierDigest(peer.frontier);
  const isEmpty = peer.has.size === 0;
  if (hello.digest !== own && !isEmpty) peer.state();
  await peer.frame("ready");
  peer.send({ type: "ready" });
  return peer;
}
