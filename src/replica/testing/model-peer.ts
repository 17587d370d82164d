/**
 * A peer that shares no code with the session: it speaks versions 1 and 2 by hand, frames of 3 when
 * it is given them, reads at its own pace, and checks what it gets. Each op comes after its
 * ancestors, and no op goes without a vouch.
 */
import assert from "node:assert/strict";
import { toHex } from "../../base/bytes.ts";
import { testMesh } from "../../log/testing/forge.ts";
import type { Signer } from "../../op/crypto.ts";
import type { Op, OpId, ReceivedOp } from "../../op/op.ts";
import { noOp } from "../../op/op.ts";
import { toOpJson } from "../../op/op-json.ts";
import { readFields } from "../../op/fields.ts";
import { transcriptMessage } from "../../sync/transcript.ts";
import type { ConnId } from "../events.ts";
import { freshNonce, testSigner } from "./fake-crypto.ts";
import type { SentFrame } from "./sent-ops.ts";
import { readSent } from "./sent-ops.ts";
import type { TestNode } from "./test-node.ts";

export interface ModelPeerOptions {
  readonly number?: number;
  readonly version?: number;
  readonly token?: Signer;
  readonly audience?: string;
  /** Members of `auth` to spell otherwise. */
  readonly twist?: Readonly<Record<string, unknown>>;
}

export function opJson({ op, sig }: ReceivedOp): object {
  const fields = readFields(op.bytes);
  assert.ok(fields.ok);
  return toOpJson(fields.value, sig);
}

export function bulkOf(ops: readonly ReceivedOp[]): string {
  return JSON.stringify({ type: "bulk", ops: ops.map(opJson) });
}

export function liveOf(op: ReceivedOp): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: 1, op: opJson(op) }));
}

export class ModelPeer {
  readonly node: TestNode;
  readonly conn: ConnId;
  /** Types of the frames read since the welcome, in order. */
  readonly types: string[] = [];
  readonly frames: SentFrame[] = [];
  /** Ids in the order of their first coming. */
  readonly ids: OpId[] = [];
  /** Ids that came again. */
  readonly repeats: OpId[] = [];
  readonly #got = new Set<OpId>();
  readonly #known = new Set<OpId>();
  readonly #options: ModelPeerOptions;

  /** A connection that the node has accepted, before the handshake. */
  constructor(node: TestNode, options: ModelPeerOptions = {}) {
    this.node = node;
    this.#options = options;
    this.conn = node.accept();
  }

  /** Steps 1 and 2. The welcome is read with the other frames. */
  sayHello(): void {
    const challenge = this.#takeJson("challenge");
    this.send(JSON.stringify(this.authFor(challenge)));
  }

  authFor(challenge: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { number = 2, version = 2, token, audience = "ws://model/crdt-sync" } = this.#options;
    const signer = testSigner(number);
    const nonce = freshNonce();
    const transcript = {
      listener: String(challenge["node"]),
      connector: signer.node,
      listenerNonce: String(challenge["nonce"]),
      connectorNonce: nonce,
      mesh: testMesh,
      audience,
      versions: challenge["versions"] as number[],
      version,
    };
    const sig = toHex(signer.sign(transcriptMessage("connector", transcript)));
    const proof = token && {
      token: { key: token.node, sig: toHex(token.sign(transcriptMessage("token", transcript))) },
    };
    const base = { type: "auth", nonce, node: signer.node, mesh: testMesh, audience, version, sig };
    return { ...base, ...proof, ...this.#options.twist };
  }

  #takeJson(type: string): Readonly<Record<string, unknown>> {
    const frame = this.node.take(this.conn);
    assert.ok(typeof frame === "string");
    const json = JSON.parse(frame) as Record<string, unknown>;
    assert.equal(json["type"], type);
    return json;
  }

  send(frame: string | Uint8Array): void {
    this.node.receive(this.conn, frame);
  }

  sendJson(json: object): void {
    this.send(JSON.stringify(json));
  }

  /** Goes through the handshake and gives an empty clock and `ready`: both sides stream then. */
  goLive(): this {
    this.sayHello();
    this.node.commit();
    this.readAll();
    assert.equal(this.types[0], "welcome", "the node let the model peer in");
    this.sendJson({ type: "clock", clock: {} });
    this.readAll();
    this.sendJson({ type: "ready" });
    this.readAll();
    return this;
  }

  /** Reads the oldest frame; false when there is none. */
  read(): boolean {
    const raw = this.node.take(this.conn);
    if (raw === null) return false;
    const frame = readSent(raw);
    this.types.push(frame.type);
    this.frames.push(frame);
    for (const [at, { op, isSigned }] of frame.ops.entries()) {
      if (!isSigned) assertVouched(frame, at);
      this.#take(op);
    }
    return true;
  }

  readAll(): void {
    while (this.read());
  }

  /** Ops that it has from elsewhere, so that they may be named. */
  know(ids: Iterable<OpId>): void {
    for (const id of ids) this.#known.add(id);
  }

  #take(op: Op): void {
    for (const ancestor of [op.prev, ...op.deps]) {
      assert.ok(ancestor === noOp || this.#known.has(ancestor), "[LOG-19] ancestors come first");
    }
    if (this.#got.has(op.id)) this.repeats.push(op.id);
    else this.ids.push(op.id);
    this.#got.add(op.id);
    this.#known.add(op.id);
  }

  get closedWith(): number | null {
    return this.node.closedWith(this.conn);
  }
}

/**
 * Some op behind the unsigned one at `at`, in the same frame, leads back to it and is signed. In
 * JSON the ops between stand side by side.
 */
function assertVouched({ type, ops }: SentFrame, at: number): void {
  let last = ops[at]?.op.id;
  for (const { op, isSigned } of ops.slice(at + 1)) {
    if (op.prev !== last && type === "page") continue;
    if (op.prev !== last) break;
    if (isSigned) return;
    last = op.id;
  }
  assert.fail("[LOG-7] an unsigned op was sent without one that vouches for it");
}
