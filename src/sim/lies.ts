/** What a liar says in version 3: bent statements, spoilt pages, floods of questions. */
import { present } from "../base/assert.ts";
import { pageOpsMax } from "../base/limits.ts";
import { Frontier } from "../log/frontier.ts";
import type { Head } from "../log/frontier.ts";
import type { Compression } from "../page/compression.ts";
import type { NodeId, OpId } from "../op/op.ts";
import type { PageEntry } from "../page/page.ts";
import { encodePage } from "../page/page.ts";
import type { FrontierEntry } from "../sync/frames-3.ts";
import {
  askFrame,
  creditFrame,
  frontierFrames,
  helloFrame,
  locatorFrame,
  outlookFrame,
  readPagingFrame,
} from "../sync/frames-3.ts";
import { zstd } from "../adapters/zstd.ts";
import type { Machine } from "./cast.ts";
import type { Prng } from "./prng.ts";

/** Leaves the payload as it is, so that a spoilt page is wrong in its columns, not its packing. */
const unpacked: Compression = { compress: (bytes) => bytes, decompress: () => null };

/** How a liar bends what it says of its log. */
export type Lie = "high" | "low";

/** Whether a frame is one of version 3: those of version 2 in binary begin with a brace. */
export function isPaging(frame: string | Uint8Array): frame is Uint8Array {
  return typeof frame !== "string" && frame[0] !== 0x7b;
}

/** One page of these ops that is as large as they are. */
export function largePageOf(ops: readonly PageEntry[]): Uint8Array {
  return encodePage(ops, unpacked);
}

/** Pages of these ops, none of them twice. */
export function pagesOf(ops: readonly PageEntry[]): readonly Uint8Array[] {
  const byId = new Map(ops.map((entry) => [entry.id, entry]));
  const entries = [...byId.values()];
  const pages: Uint8Array[] = [];
  for (let from = 0; from < entries.length; from += pageOpsMax) {
    pages.push(encodePage(entries.slice(from, from + pageOpsMax), zstd));
  }
  return pages;
}

export class Liar {
  readonly #node: Machine;
  readonly #chance: Prng;

  constructor(node: Machine) {
    this.#node = node;
    this.#chance = node.chance.sub("liar");
  }

  /** The frame with a lie in it; frames that state nothing stay as they are. */
  bent(frame: Uint8Array, lie: Lie): Uint8Array {
    const read = readPagingFrame(frame);
    if (!read.ok) return frame;
    const { value } = read;
    const { crypto } = this.#node.world.keys;
    if (value.type === "hello") {
      const digest = lie === "low" ? new Frontier().digest(crypto) : this.#chance.hex(32);
      return helloFrame({ digest, credit: this.#chance.pick([value.credit, 0, 1, 2 ** 40]) });
    }
    if (value.type !== "frontier") return frame;
    const entries = lie === "low" ? value.entries.slice(1) : this.#withHeads(value.entries);
    // Half of the lies at least fit each other.
    const digest = this.#chance.chance(0.5)
      ? value.digest
      : new Frontier(entries.map((entry) => [...entry] as const)).digest(crypto);
    const [bent] = frontierFrames({ isWhole: value.isWhole, digest, entries });
    return present(bent, "a statement has a frame");
  }

  #withHeads(entries: readonly FrontierEntry[]): readonly FrontierEntry[] {
    const lies = this.#node.world.trustedKeys
      .filter(() => this.#chance.chance(0.5))
      .map((author): FrontierEntry => [author, this.#heads(author)]);
    const isLied = new Set(lies.map(([author]) => author));
    return [...entries.filter(([author]) => !isLied.has(author)), ...lies];
  }

  /** Heads that nobody has, and some that the author has, or somebody else. */
  #heads(author: NodeId): readonly Head[] {
    const { ops } = this.#node.disk.image;
    return Array.from({ length: this.#chance.between(1, 3) }, () => {
      const seq = this.#chance.pick([1, 2, 50, Number.MAX_SAFE_INTEGER]);
      const op = this.#chance.chance(0.5) && ops.length > 0 ? this.#chance.pick(ops) : null;
      if (op === null) return { seq, id: this.#chance.hex(32) as OpId };
      return { seq: op.author === author ? op.seq : seq, id: op.id };
    });
  }

  /** A statement that contradicts all others, in one frame or more. */
  contradiction(): Uint8Array {
    const [frame] = frontierFrames({
      isWhole: this.#chance.chance(0.5),
      digest: this.#chance.hex(32),
      entries: this.#withHeads([]),
    });
    return present(frame, "a statement has a frame");
  }

  /** A page of known ops in which some bytes are wrong, in its packing or in its columns. */
  garbledPage(): Uint8Array | null {
    const entries = this.#known();
    if (entries.length === 0) return null;
    const byId = new Map(entries.map((entry) => [entry.id, entry]));
    const compression = this.#chance.pick([unpacked, unpacked, zstd]);
    const frame = encodePage([...byId.values()], compression);
    const spoilt = frame.slice(0, this.#chance.chance(0.1) ? frame.length - 1 : frame.length);
    const flips = this.#chance.between(1, 3);
    for (let flip = 0; flip < flips; flip += 1) {
      const at = this.#chance.between(1, spoilt.length - 1);
      spoilt[at] = this.#chance.below(256);
    }
    return spoilt;
  }

  /** Ops of its disk, in a row, out of order, or some of them: each with what vouches for it. */
  #known(): readonly PageEntry[] {
    const { ops, rows } = this.#node.disk.image;
    const first = this.#chance.below(ops.length + 1);
    const places = [...ops.keys()].slice(first, first + this.#chance.between(1, 40));
    const order = this.#chance.chance(0.5) ? places : this.#chance.shuffled(places);
    return order
      .filter(() => this.#chance.chance(0.9))
      .map((place) => {
        const { id, bytes } = present(ops[place], "the place was counted");
        return { id, bytes, sig: rows[place]?.sig ?? null };
      });
  }

  /** What it has, once more. */
  replayedPages(): readonly Uint8Array[] {
    const { pages } = this.#node.disk.image;
    const kept = [...pages.values()].slice(0, 3).map(({ frame }) => frame);
    const entries = this.#known();
    return this.#chance.chance(0.3) && kept.length > 0 ? kept : pagesOf(entries);
  }

  /** Questions that cost the other side more than they cost us. */
  *questions(size: number): Iterable<Uint8Array> {
    const authors = this.#node.world.trustedKeys;
    for (let at = 0; at < 10 * size; at += 1) {
      const author = this.#chance.pick(authors);
      const heads = this.#chance.chance(0.5) ? [] : this.#heads(author);
      yield this.#chance.pick([
        askFrame,
        locatorFrame(author, heads),
        creditFrame(this.#chance.pick([0, 1, 2 ** 50])),
        outlookFrame(this.#chance.pick([0, 5, 2 ** 50])),
        this.#wholeOfNothing(),
      ]);
    }
  }

  #wholeOfNothing(): Uint8Array {
    const digest = new Frontier().digest(this.#node.world.keys.crypto);
    const [frame] = frontierFrames({ isWhole: true, digest, entries: [] });
    return present(frame, "a statement has a frame");
  }

  /** Frames of a statement that never ends. */
  *endless(size: number): Iterable<Uint8Array> {
    const flags = this.#chance.pick([2, 3]);
    for (let at = 0; at < 5 * size; at += 1) {
      const authors = this.#chance.shuffled(this.#node.world.trustedKeys).slice(0, 3);
      const entries = authors.map((author): FrontierEntry => [author, this.#heads(author)]);
      const [frame] = frontierFrames({ isWhole: true, digest: this.#chance.hex(32), entries });
      const bytes = present(frame, "a statement has a frame");
      bytes[1] = flags;
      yield bytes;
    }
  }
}
