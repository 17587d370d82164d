/** What goes onto the wire of an honest node: what is durable, only once, and only the truth. */
import { zstd } from "../adapters/zstd.ts";
import { frameBytesMax } from "../base/limits.ts";
import { isObject, parseJson } from "../base/json.ts";
import type { FrontierFrame } from "../sync/frames-3.ts";
import { readPagingFrame, tags } from "../sync/frames-3.ts";
import { OpCodec } from "../op/codec.ts";
import type { NodeId, OpId } from "../op/op.ts";
import { decodePage } from "../page/page.ts";
import type { ConnId } from "../replica/events.ts";
import type { Life, Link, Stage } from "./cast.ts";
import { check } from "./failure.ts";
import { isPaging } from "./lies.ts";

interface SentOp {
  readonly author: NodeId;
  readonly seq: number;
  /** Null when the frame does not tell it without more work. */
  readonly id: OpId | null;
}

export class WireChecks {
  framesSent = 0;
  /** Signs of life among them. */
  beatsSent = 0;
  opsSent = 0;
  readonly #world: Stage;
  /** No node lies, forks or dumps everything: then no op goes over a connection twice. */
  readonly #isCalm: boolean;
  readonly #codec: OpCodec;
  /** The ops of pages that go to several peers. */
  readonly #pages = new WeakMap<Uint8Array, readonly SentOp[]>();

  constructor(world: Stage, isCalm: boolean) {
    this.#world = world;
    this.#isCalm = isCalm;
    this.#codec = new OpCodec(world.mesh, world.keys.crypto);
  }

  sent(process: Life, conn: ConnId, frame: string | Uint8Array): void {
    this.framesSent += 1;
    const link = process.links.get(conn);
    if (isPaging(frame)) {
      if (frame[0] === tags.beat) this.beatsSent += 1;
      this.#bounded(process, frame.length);
      this.#pagingSent(process, frame, link);
      return;
    }
    const text = typeof frame === "string" ? frame : Buffer.from(frame).toString("latin1");
    const isShort = (typeof frame === "string" ? 3 : 1) * text.length <= frameBytesMax;
    if (!isShort) this.#bounded(process, Buffer.byteLength(text));
    if (text.startsWith('{"type":"clock"')) this.#clockSent(process, text);
    const start = '{"author":"';
    for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1)) {
      const author = text.slice(at + 11, at + 75) as NodeId;
      const seq = Number.parseInt(text.slice(at + 83, at + 100), 10);
      this.#opSent(process, { author, seq, id: null }, link);
    }
  }

  /** A peer that states again all that it has, or locates, is sent ops again. */
  received(process: Life, conn: ConnId, frame: Uint8Array): void {
    const link = process.links.get(conn);
    if (link === undefined || !isPaging(frame)) return;
    if (frame[0] === tags.hello || frame[0] === tags.credit) {
      const read = readPagingFrame(frame);
      if (read.ok && read.value.type === "hello") link.credit += read.value.credit;
      if (read.ok && read.value.type === "credit") link.credit += read.value.bytes;
    }
    const isWhole = frame[0] === tags.frontier && ((frame[1] ?? 0) & 1) === 1;
    const isAgain = process.replica.sessions().get(conn)?.phase === "streaming";
    if (frame[0] === tags.locator || (isWhole && isAgain)) link.isRepairing = true;
  }

  #bounded(process: Life, bytes: number): void {
    check(bytes <= frameBytesMax, "bounds", () => {
      return `node ${process.index} sends a frame of ${bytes} bytes`;
    });
  }

  #opSent(process: Life, { author, seq, id }: SentOp, link: Link | undefined): void {
    this.opsSent += 1;
    const { ids, seqs } = process.node.disk.image;
    const durable = seqs.get(author) ?? 0;
    check(id === null ? seq <= durable : ids.has(id), "disk before word", () => {
      return `node ${process.index} sends seq ${seq}, but only ${durable} are durable`;
    });
    if (!this.#isCalm || link === undefined || link.isRepairing) return;
    const key = `${author}:${seq}`;
    check(!link.seen.has(key), "no echo", () => {
      return `node ${process.index} sends seq ${seq} over connection ${link.conn} again or back`;
    });
    link.seen.add(key);
    if (id !== null) this.#inOrder(process, { author, seq }, link);
  }

  /** In version 3 the op before it went over the connection, or the peer has said it has it. */
  #inOrder(
    process: Life,
    { author, seq }: { readonly author: NodeId; readonly seq: number },
    link: Link,
  ): void {
    const frontier = process.replica.sessions().get(link.conn)?.peerFrontier ?? null;
    if (seq === 1 || frontier === null || link.seen.has(`${author}:${seq - 1}`)) return;
    check(frontier.topSeq(author) >= seq - 1, "no gap", () => {
      return `node ${process.index} leaves out seq ${seq - 1} on connection ${link.conn}`;
    });
  }

  #clockSent(process: Life, text: string): void {
    const parsed = parseJson(text);
    const clock = parsed.ok && isObject(parsed.value) ? parsed.value["clock"] : null;
    if (!isObject(clock)) return;
    for (const [author, count] of Object.entries(clock)) {
      const durable = process.node.disk.image.seqs.get(author as NodeId) ?? 0;
      check(typeof count === "number" && count <= durable, "honest clock", () => {
        const says = JSON.stringify(count);
        return `node ${process.index} claims ${says} ops where ${durable} are durable`;
      });
      check(!process.replica.log.isForked(author as NodeId), "honest clock", () => {
        return `node ${process.index} counts the ops of an author that it knows to be forked`;
      });
    }
  }

  #pagingSent(process: Life, frame: Uint8Array, link: Link | undefined): void {
    const read = readPagingFrame(frame);
    const where = `node ${process.index}`;
    check(read.ok, "readable frames", () => `${where} sends what nobody can read`);
    const { ids } = process.node.disk.image;
    switch (read.value.type) {
      case "hello":
        this.#digestSent(process, read.value.digest);
        return;
      case "frontier":
        this.#frontierSent(process, read.value);
        return;
      case "locator":
        for (const { id } of read.value.heads) {
          check(ids.has(id), "honest frontier", () => `${where} locates an op that is not durable`);
        }
        return;
      case "page":
        this.#pageSent(process, frame, link);
        for (const op of this.#opsOf(process, frame)) this.#opSent(process, op, link);
        if (link !== undefined) link.deltaOps -= this.#opsOf(process, frame).length;
        return;
      case "outlook":
        if (link !== undefined) link.deltaOps += read.value.ops;
        return;
      case "ready":
        check((link?.deltaOps ?? 0) === 0, "whole delta", () => {
          return `${where} is ready on connection ${link?.conn ?? 0}, and was to send more`;
        });
        return;
      default:
    }
  }

  /** One page may take more than is left of the credit, but not be sent without any. */
  #pageSent(process: Life, frame: Uint8Array, link: Link | undefined): void {
    if (link === undefined) return;
    check(link.credit > 0, "within credit", () => {
      return `node ${process.index} sends a page over connection ${link.conn} without credit`;
    });
    link.credit -= frame.length;
  }

  #digestSent(process: Life, digest: string): void {
    const { frontier } = process.node.disk.image;
    check(digest === frontier.digest(this.#world.keys.crypto), "honest frontier", () => {
      return `node ${process.index} sends the digest of something else than what is durable`;
    });
  }

  #frontierSent(process: Life, { digest, entries }: FrontierFrame): void {
    this.#digestSent(process, digest);
    const { frontier } = process.node.disk.image;
    for (const [author, heads] of entries) {
      const durable = new Set(frontier.of(author).map(({ seq, id }) => `${seq} ${id}`));
      const isTrue = heads.every(({ seq, id }) => durable.has(`${seq} ${id}`));
      check(isTrue && heads.length === durable.size, "honest frontier", () => {
        const says = heads.map(({ seq }) => seq).join(", ");
        return `node ${process.index} states heads ${says} of an author, which are not the durable`;
      });
    }
  }

  #opsOf(process: Life, frame: Uint8Array): readonly SentOp[] {
    const known = this.#pages.get(frame);
    if (known !== undefined) return known;
    const content = decodePage(this.#codec, frame, zstd, { isTrusted: true });
    check(content.ok && content.value.refused.length === 0, "readable frames", () => {
      return `node ${process.index} sends a page that breaks the rules`;
    });
    const ops = content.value.ops.map(({ op: { author, seq, id } }) => ({ author, seq, id }));
    this.#pages.set(frame, ops);
    return ops;
  }
}
