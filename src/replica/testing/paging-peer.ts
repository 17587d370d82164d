/** A peer of version 3 that says what a test has it say, and reads when it is told to. */
import assert from "node:assert/strict";
import { zstd } from "../../adapters/zstd.ts";
import { present } from "../../base/assert.ts";
import { creditBytes } from "../../base/limits.ts";
import { Frontier } from "../../log/frontier.ts";
import type { Head } from "../../log/frontier.ts";
import { fakeCrypto } from "../../log/testing/forge.ts";
import type { NodeId, Op, ReceivedOp } from "../../op/op.ts";
import { encodePage } from "../../page/page.ts";
import type { FrontierFrame, PagingFrame } from "../../sync/frames-3.ts";
import { frontierFrames, helloFrame, pagingReadyFrame } from "../../sync/frames-3.ts";
import { bulkOf, ModelPeer } from "./model-peer.ts";
import type { TestNode } from "./test-node.ts";

export type PagingOf<Type extends PagingFrame["type"]> = Extract<PagingFrame, { type: Type }>;

export function pageOf(ops: readonly ReceivedOp[]): Uint8Array {
  const entries = ops.map(({ op, sig }) => ({ bytes: op.bytes, id: op.id, sig }));
  return encodePage(entries, zstd);
}

/** Gives the node these ops, as a file would, and makes them durable. */
export function load(node: TestNode, ops: readonly ReceivedOp[]): void {
  const { ops: lines } = JSON.parse(bulkOf(ops)) as { ops: never[] };
  node.step({ kind: "import", request: node.nextRequest(), lines });
  node.commit();
}

/** The frontier of a log that ends in these ops. */
export function frontierOf(heads: readonly Op[]): Frontier {
  const frontier = new Frontier();
  for (const { author, seq, id } of heads) {
    frontier.set(author, [...frontier.of(author), { seq, id }]);
  }
  return frontier;
}

export class PagingPeer extends ModelPeer {
  constructor(node: TestNode, options: { readonly number?: number } = {}) {
    super(node, { ...options, version: 3 });
  }

  /** Goes through the handshake and says hello; the answer waits to be read. */
  hail(hello: { readonly frontier?: Frontier; readonly credit?: number } = {}): this {
    const { frontier = new Frontier(), credit = creditBytes } = hello;
    this.sayHello();
    this.node.commit();
    this.send(helloFrame({ digest: frontier.digest(fakeCrypto), credit }));
    return this;
  }

  /** The same, and whatever it has to say so that both sides stream. */
  stream(hello: { readonly frontier?: Frontier; readonly credit?: number } = {}): this {
    this.hail(hello);
    if (hello.frontier !== undefined && hello.frontier.size > 0) this.state(hello.frontier);
    this.readAll();
    this.send(pagingReadyFrame);
    return this;
  }

  /** States all that it has. */
  state(frontier: Frontier): void {
    const digest = frontier.digest(fakeCrypto);
    for (const frame of frontierFrames({ isWhole: true, digest, entries: frontier })) {
      this.send(frame);
    }
  }

  /** States of some authors what it has; `digest` is that of all, or whatever it claims. */
  stateOf(entries: readonly (readonly [NodeId, readonly Head[]])[], digest: string): void {
    for (const frame of frontierFrames({ isWhole: false, digest, entries })) this.send(frame);
  }

  /** The frames of this type that were read. */
  all<Type extends PagingFrame["type"]>(type: Type): readonly PagingOf<Type>[] {
    return this.frames
      .map(({ paging }) => paging)
      .filter((frame): frame is PagingOf<Type> => frame?.type === type);
  }

  /** The last statement that was read, of one frame. */
  get stated(): FrontierFrame {
    const last = present(this.all("frontier").at(-1), "a statement was read");
    assert.equal(last.hasMore, false);
    return last;
  }
}
