/**
 * A replica with its disk in memory, whose commits and reads happen when the test says so. It
 * watches the rule that matters most: an op that is sent is on disk, whatever the test does.
 */
import assert from "node:assert/strict";
import { zstd } from "../../adapters/zstd.ts";
import { fakeCrypto, testMesh } from "../../log/testing/forge.ts";
import { Batch } from "../../node/batch.ts";
import type { NodeId, OpId } from "../../op/op.ts";
import { stateDigest } from "../../pipeline/digest.ts";
import { opSetDigest } from "../../pipeline/testing/op-set-digest.ts";
import type { ConnId, Effect, Notice, ReplicaEvent, RequestId } from "../events.ts";
import { Replica } from "../replica.ts";
import type { StoredOp } from "../store.ts";
import type { TrustConfig } from "../trust.ts";
import { freshNonce, testSigner } from "./fake-crypto.ts";
import { readSent } from "./sent-ops.ts";

/** One clock for all nodes of a test. */
export class TestTime {
  mono = 1_000;
  wall = 1_700_000_000_000;
}

export interface TestNodeOptions {
  /** Whose key it has: that of `author(number)`. */
  readonly number?: number;
  readonly time?: TestTime;
  readonly trust?: Partial<TrustConfig>;
  readonly publicUrls?: readonly string[];
  readonly versions?: readonly number[];
  /** What its beats call it. */
  readonly name?: string;
}

type Load = Extract<Effect, { kind: "load" }>;
type Of<Kind extends Notice["kind"]> = Extract<Notice, { kind: Kind }>;

export class TestNode {
  readonly time: TestTime;
  readonly id: NodeId;
  replica: Replica;
  readonly #options: TestNodeOptions;
  /** What is durable. */
  readonly ops: StoredOp[] = [];
  readonly durableIds = new Set<OpId>();
  readonly facts = new Map<string, string>();
  /** Pages among them, by the arrival index of their first op. */
  readonly pages = new Map<number, Uint8Array>();
  /** What is not yet. */
  batch: Batch | null = null;
  /** Frames that were handed over and that nobody has taken yet. */
  readonly outbox = new Map<ConnId, (string | Uint8Array)[]>();
  readonly closings: { readonly conn: ConnId; readonly code: number; readonly reason: string }[] =
    [];
  readonly notices: Notice[] = [];
  readonly pings: ConnId[] = [];
  readonly loads: Load[] = [];
  /** Reads are answered at once unless a test wants to choose the moment. */
  isReadingAtOnce = true;
  #lastConn = 0;
  #lastRequest = 0;

  constructor(options: TestNodeOptions = {}) {
    this.#options = options;
    this.time = options.time ?? new TestTime();
    this.id = testSigner(options.number ?? 1).node;
    this.replica = this.#open();
  }

  #open(): Replica {
    const { number = 1, trust, publicUrls = [], versions, name = "" } = this.#options;
    return new Replica(
      {
        mesh: testMesh,
        signer: testSigner(number),
        crypto: fakeCrypto,
        compression: zstd,
        trust: { trustedKeys: [], tokens: [], isOpen: false, ...trust },
        publicUrls,
        name,
        ...(versions && { versions }),
      },
      { ops: this.ops, facts: this.facts },
    );
  }

  /** The process dies: what was not committed is gone, and so are all connections. */
  restart(): void {
    this.batch = null;
    this.outbox.clear();
    this.loads.length = 0;
    this.replica = this.#open();
  }

  step(event: ReplicaEvent): void {
    const { mono, wall } = this.time;
    for (const effect of this.replica.step(event, { mono, wall })) this.#carryOut(effect);
    while (this.isReadingAtOnce && this.loads.length > 0) this.read();
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "gather":
        this.batch ??= new Batch(0);
        return;
      case "persist":
        this.batch ??= new Batch(0);
        this.batch.add(effect);
        return;
      case "send":
        for (const { op } of readSent(effect.frame).ops) {
          assert.ok(this.durableIds.has(op.id), `[PEER-3] op ${op.id} left before its commit`);
        }
        this.#outboxOf(effect.conn).push(effect.frame);
        return;
      case "ping":
        this.pings.push(effect.conn);
        return;
      case "close":
        this.closings.push(effect);
        return;
      case "load":
        this.loads.push(effect);
        return;
      case "load-page":
        this.step({ kind: "loaded-page", conn: effect.conn, frame: this.#pageAt(effect.first) });
        return;
      case "notify":
        this.notices.push(effect.notice);
    }
  }

  #pageAt(first: number): Uint8Array {
    const page = this.pages.get(first);
    assert.ok(page !== undefined, `no page begins at ${String(first)}`);
    return page;
  }

  #outboxOf(conn: ConnId): (string | Uint8Array)[] {
    const frames = this.outbox.get(conn) ?? [];
    this.outbox.set(conn, frames);
    return frames;
  }

  /** Makes durable what was persisted so far; does nothing when that is nothing. */
  commit(): void {
    if (this.batch === null) return;
    this.step({ kind: "flush" });
    const { ops, facts, pages } = this.batch;
    this.batch = null;
    for (const { offset, frame } of pages) this.pages.set(this.ops.length + offset, frame);
    for (const { op, sig, claim } of ops) {
      this.ops.push({ bytes: op.bytes, sig, ...(claim && { claim }) });
      this.durableIds.add(op.id);
    }
    for (const [key, value] of facts) {
      if (value === null) this.facts.delete(key);
      else this.facts.set(key, value);
    }
    this.step({ kind: "committed" });
  }

  /** Answers the oldest read. */
  read(): void {
    const load = this.loads.shift();
    if (load === undefined) return;
    const ops = load.indices.map((index) => {
      const op = this.ops[index];
      assert.ok(op !== undefined, `op number ${String(index)} is read before it is on disk`);
      return op;
    });
    this.step({ kind: "loaded", conn: load.conn, ops });
  }

  accept(bearer: NodeId | null = null): ConnId {
    const conn = this.#nextConn();
    this.step({ kind: "accepted", conn, nonce: freshNonce(), bearer });
    return conn;
  }

  dial(
    how: Partial<Omit<Extract<ReplicaEvent, { kind: "dialled" }>, "kind" | "conn">> = {},
  ): ConnId {
    const conn = this.#nextConn();
    const base = { audience: "ws://test/crdt-sync", expected: null, token: null };
    this.step({ kind: "dialled", conn, nonce: freshNonce(), ...base, ...how });
    return conn;
  }

  #nextConn(): ConnId {
    this.#lastConn += 1;
    return this.#lastConn as ConnId;
  }

  /** The frame that has waited longest on `conn`, and its way into the socket. */
  take(conn: ConnId): string | Uint8Array | null {
    const frame = this.outbox.get(conn)?.shift();
    if (frame === undefined) return null;
    this.step({ kind: "written", conn, frames: 1 });
    return frame;
  }

  receive(conn: ConnId, frame: string | Uint8Array): void {
    const isBinary = typeof frame !== "string";
    const data = isBinary ? frame : new TextEncoder().encode(frame);
    this.step({ kind: "frame", conn, data, isBinary });
  }

  nextRequest(): RequestId {
    this.#lastRequest += 1;
    return this.#lastRequest as RequestId;
  }

  write(ops: readonly (readonly unknown[])[], actor = ""): RequestId {
    const request = this.nextRequest();
    this.step({ kind: "write", request, actor, ops });
    return request;
  }

  /** Lets time pass, with a tick at each deadline as the driver has it. */
  pass(ms: number): void {
    const until = this.time.mono + ms;
    for (let due = this.replica.deadline(); due <= until; due = this.replica.deadline()) {
      this.time.wall += Math.max(0, due - this.time.mono);
      this.time.mono = Math.max(due, this.time.mono);
      this.step({ kind: "tick" });
      assert.ok(this.replica.deadline() > this.time.mono, "a tick settles its deadline");
    }
    this.time.wall += until - this.time.mono;
    this.time.mono = until;
  }

  told<Kind extends Notice["kind"]>(kind: Kind): readonly Of<Kind>[] {
    return this.notices.filter((notice): notice is Of<Kind> => notice.kind === kind);
  }

  closedWith(conn: ConnId): number | null {
    return this.closings.find((closing) => closing.conn === conn)?.code ?? null;
  }

  /** All that two nodes must agree on, and all that a restart must keep. */
  get digest(): { readonly state: string; readonly ops: string } {
    const { document, log, sha256 } = this.replica;
    return { state: stateDigest(document, sha256), ops: opSetDigest(log.ids(), sha256) };
  }
}
