/** What a commit changed of the own frontier, encoded once however many peers are told. [V3] */
import type { Frontier } from "../log/frontier.ts";
import type { Crypto } from "../op/crypto.ts";
import type { NodeId } from "../op/op.ts";
import { frontierFrames } from "./frames-3.ts";

export class Announcement {
  /** Authors of whom more is durable. */
  readonly authors: ReadonlySet<NodeId>;
  readonly #frontier: Frontier;
  readonly #crypto: Crypto;
  #frames: readonly Uint8Array[] | null = null;

  constructor(frontier: Frontier, crypto: Crypto, authors: ReadonlySet<NodeId>) {
    this.#frontier = frontier;
    this.#crypto = crypto;
    this.authors = authors;
  }

  frames(): readonly Uint8Array[] {
    this.#frames ??= frontierFrames({
      isWhole: false,
      digest: this.#frontier.digest(this.#crypto),
      entries: [...this.authors].map((author) => [author, this.#frontier.of(author)]),
    });
    return this.#frames;
  }
}
