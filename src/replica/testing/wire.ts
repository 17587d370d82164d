/** Connections between test nodes: each frame is delivered when the test says so. */
import assert from "node:assert/strict";
import { present } from "../../base/assert.ts";
import type { Signer } from "../../op/crypto.ts";
import type { NodeId } from "../../op/op.ts";
import type { ConnId } from "../events.ts";
import type { TestNode } from "./test-node.ts";

interface End {
  readonly node: TestNode;
  readonly conn: ConnId;
}

export type Way = "to-listener" | "to-dialler";

export class Wire {
  readonly dialler: End;
  readonly listener: End;
  #isCut = false;

  constructor(
    dialler: TestNode,
    listener: TestNode,
    how: { readonly token?: Signer; readonly expected?: NodeId; readonly audience?: string } = {},
  ) {
    const { token = null, expected = null, audience = `ws://${listener.id}/crdt-sync` } = how;
    this.listener = { node: listener, conn: listener.accept() };
    this.dialler = { node: dialler, conn: dialler.dial({ token, expected, audience }) };
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Delivers the oldest frame on this way; false when there is none. */
  deliver(way: Way): boolean {
    if (this.#isCut) return false;
    const [from, to] =
      way === "to-listener" ? [this.dialler, this.listener] : [this.listener, this.dialler];
    const frame = from.node.take(from.conn);
    if (frame !== null) {
      to.node.receive(to.conn, frame);
      return true;
    }
    if (from.node.closedWith(from.conn) !== null) this.cut();
    return false;
  }

  /** The socket is gone; what was on its way is lost. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const { node, conn } of [this.dialler, this.listener]) {
      node.outbox.delete(conn);
      node.step({ kind: "closed", conn });
    }
  }
}

/** Delivers, commits and reads until nothing is left to do. Fails when that does not end. */
export function settle(nodes: readonly TestNode[], wires: readonly Wire[]): void {
  for (let rounds = 0; rounds < 10_000; rounds += 1) {
    let isBusy = false;
    for (const node of nodes) {
      if (node.batch !== null || node.loads.length > 0) isBusy = true;
      node.commit();
      node.read();
    }
    for (const wire of wires) {
      for (const way of ["to-listener", "to-dialler"] as const) {
        if (wire.deliver(way)) isBusy = true;
      }
    }
    if (!isBusy) return;
  }
  assert.fail("the nodes never come to rest");
}

/** The session that `node` has on `conn`. */
export function sessionOf({ node, conn }: End): ReturnType<typeof sessionAt> {
  return sessionAt(node, conn);
}

function sessionAt(node: TestNode, conn: ConnId) {
  return present(node.replica.sessions().get(conn), "the connection is open");
}
