/** A stretch of network between two nodes that counts frames, and can be cut and healed. */
import { createServer, connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  /** Data frames and control frames that went through, in both directions. */
  frames = 0;
  /** Those of them that are pages of version 3. */
  pages = 0;

  private constructor(target: { readonly port: number; readonly host: string }) {
    this.#server = createServer((near) => {
      if (this.#isCut) {
        near.destroy();
        return;
      }
      const far = connect(target.port, target.host);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        const counter = new FrameCounter();
        this.#sockets.add(from);
        from.on("error", () => undefined);
        from.on("data", (chunk) => {
          const { frames, pages } = counter.take(chunk);
          this.frames += frames;
          this.pages += pages;
        });
        from.pipe(to);
        from.once("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  static async to(url: string): Promise<Relay> {
    const { hostname, port } = new URL(url);
    const relay = new Relay({ port: Number(port), host: hostname });
    await new Promise<void>((resolve) => relay.#server.listen(0, "127.0.0.1", () => resolve()));
    return relay;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/crdt-sync`;
  }

  /** Ends all connections, and new ones at once, until healed. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  heal(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

const binaryFrame = 0x82;
const pageTag = 3;

/** Counts the frames of one direction: the HTTP head goes by, then the headers tell lengths. */
class FrameCounter {
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = false;

  take(chunk: Buffer): { readonly frames: number; readonly pages: number } {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (!this.#isOpen) {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end < 0) return { frames: 0, pages: 0 };
      this.#isOpen = true;
      this.#rest = this.#rest.subarray(end + 4);
    }
    let [frames, pages] = [0, 0];
    for (let next = this.#next(); next !== null; next = this.#next()) {
      this.#rest = this.#rest.subarray(next.size);
      frames += 1;
      if (next.isPage) pages += 1;
    }
    return { frames, pages };
  }

  /** Bytes of the next frame when it is there as a whole, and whether it is a page. */
  #next(): { readonly size: number; readonly isPage: boolean } | null {
    const rest = this.#rest;
    if (rest.length < 2) return null;
    const short = (rest[1] ?? 0) & 127;
    const mask = (rest[1] ?? 0) & 128 ? 4 : 0;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (rest.length < 2 + extra) return null;
    let length = short;
    if (extra === 2) length = rest.readUInt16BE(2);
    if (extra === 8) length = Number(rest.readBigUInt64BE(2));
    const size = 2 + extra + mask + length;
    if (rest.length < size) return null;
    const at = size - length;
    const key = mask > 0 ? (rest[at - mask] ?? 0) : 0;
    const tag = (rest[at] ?? 0) ^ key;
    return { size, isPage: rest[0] === binaryFrame && length > 0 && tag === pageTag };
  }
}
