/**
 * Many peers in one process for the fan-out figure: each goes through the real handshake, says that
 * it has what the hub has, takes every page and counts the ops in it. They keep nothing, since a
 * hundred whole nodes would measure themselves.
 */
import { once } from "node:events";
import { WebSocket } from "ws";
import { newSeed, randomBytes32, signerFromSeed } from "../src/adapters/node-crypto.ts";
import { assert } from "../src/base/assert.ts";
import { toHex } from "../src/base/bytes.ts";
import type { MeshId } from "../src/op/op.ts";
import { pageSizeOf } from "../src/page/page.ts";
import { authFrame, readFrame } from "../src/sync/frames.ts";
import {
  creditFrame,
  frontierFrames,
  helloFrame,
  readPagingFrame,
  pagingReadyFrame,
} from "../src/sync/frames-3.ts";
import type { PagingFrame } from "../src/sync/frames-3.ts";
import { answerChallenge } from "../src/sync/handshake.ts";

/** Pages that a peer takes before it grants more. */
const creditBytes = 1 << 22;

export class Crowd {
  /** Ops that came, over all peers. */
  deliveries = 0;
  readonly #url: string;
  readonly #mesh: MeshId;
  readonly #sockets: WebSocket[] = [];

  constructor(url: string, mesh: MeshId) {
    this.#url = url;
    this.#mesh = mesh;
  }

  /** Adds peers until there are `count`, each ready for what the hub writes next. */
  async grow(count: number): Promise<void> {
    while (this.#sockets.length < count) await this.#add();
  }

  async #add(): Promise<void> {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    this.#sockets.push(socket);
    const isReady = new Promise<void>((resolve, reject) => {
      socket.on("message", (data: Buffer, isBinary) => {
        if (!isBinary) this.#handshake(socket, data);
        else if (this.#take(socket, data)) resolve();
      });
      socket.on("error", reject);
      socket.on("close", (code) => reject(new Error(`the hub closed a peer with ${code}`)));
    });
    await isReady;
  }

  #handshake(socket: WebSocket, data: Buffer): void {
    const read = readFrame(data, false);
    assert(read.ok, "the hub speaks the protocol");
    if (read.value.type === "welcome") {
      socket.send(helloFrame({ digest: toHex(randomBytes32()), credit: creditBytes }));
    }
    if (read.value.type !== "challenge") return;
    const answer = answerChallenge(
      {
        signer: signerFromSeed(newSeed()),
        mesh: this.#mesh,
        audience: this.#url,
        expected: null,
        versions: [3],
        nonce: toHex(randomBytes32()),
        token: null,
      },
      read.value,
    );
    assert(answer.ok, "the hub offers version 3");
    socket.send(authFrame(answer.value.auth));
  }

  /** True once the hub has nothing more to send but what it will write. */
  #take(socket: WebSocket, data: Buffer): boolean {
    const size = pageSizeOf(data);
    if (size !== null) {
      this.deliveries += size.ops;
      socket.send(creditFrame(data.length));
      return false;
    }
    const read = readPagingFrame(data);
    assert(read.ok, "the hub speaks version 3");
    return this.#answer(socket, read.value);
  }

  #answer(socket: WebSocket, frame: PagingFrame): boolean {
    if (frame.type === "frontier" && frame.isWhole) {
      for (const same of frontierFrames(frame)) socket.send(same);
      socket.send(pagingReadyFrame);
    }
    return frame.type === "ready";
  }

  async leave(): Promise<void> {
    const gone = this.#sockets.map((socket) => once(socket, "close"));
    for (const socket of this.#sockets) socket.close(1000);
    await Promise.all(gone);
  }
}
