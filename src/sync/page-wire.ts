/** Ops as pages of version 3: kept pages as they are, all else encoded once. [V3] */
import { pageFillBytes, pageHardBytes, pageOpsMax, shortPageOps } from "../base/limits.ts";
import type { Entry, Log } from "../log/log.ts";
import type { Spans } from "../log/spans.ts";
import { noOp } from "../op/op.ts";
import type { Compression } from "../page/compression.ts";
import { encodePage } from "../page/page.ts";
import type { Signable } from "../page/signatures.ts";
import { chooseSignatures } from "../page/signatures.ts";
import type { Recent } from "./recent.ts";
import type { LoadedOp } from "./session-effects.ts";
import type { Bounds } from "./vouched.ts";
import { vouchedPiece } from "./vouched.ts";
import type { FrameData, Pick, Wire } from "./wire.ts";

const bounds: Bounds = {
  ops: shortPageOps,
  bytes: pageFillBytes,
  opsHard: pageOpsMax,
  bytesHard: pageHardBytes,
};

export class PageWire implements Wire {
  readonly #log: Log;
  readonly #spans: Spans;
  readonly #compression: Compression;

  constructor(input: {
    readonly log: Log;
    readonly spans: Spans;
    readonly compression: Compression;
  }) {
    this.#log = input.log;
    this.#spans = input.spans;
    this.#compression = input.compression;
  }

  pick(list: number[], from: number): Pick {
    const first = list[from] as number;
    const kept = this.#spans.countAt(first);
    // Ascending and without repetition, so equal ends mean that all between are asked for.
    if (kept !== null && list[from + kept - 1] === first + kept - 1) {
      return { indices: list.slice(from, from + kept), isKeptPage: true };
    }
    return { indices: vouchedPiece(this.#log, list, { from, bounds }), isKeptPage: false };
  }

  encode(indices: readonly number[], ops: readonly LoadedOp[]): readonly FrameData[] {
    return [this.#page(indices, ops)];
  }

  #page(indices: readonly number[], ops: readonly LoadedOp[]): Uint8Array {
    const entries = indices.map((index) => this.#log.at(index));
    const isNeeded = chooseSignatures(entries.map(signable));
    const page = entries.map(({ id }, at) => {
      const { bytes, sig } = ops[at] as LoadedOp;
      return { id, bytes, sig: isNeeded === null || isNeeded[at] === true ? sig : null };
    });
    return encodePage(page, this.#compression);
  }

  stream(indices: readonly number[], recent: Recent): readonly FrameData[] | null {
    const [first = 0, count] = [indices[0], indices.length];
    if (count > pageOpsMax || this.#spans.countAt(first) === count) return null;
    if (this.#bytesOf(indices) > pageFillBytes) return null;
    const make = (): Uint8Array =>
      this.#page(
        indices,
        indices.map((index) => recent.op(index)),
      );
    return [recent.page(indices, make)];
  }

  #bytesOf(indices: readonly number[]): number {
    return indices.reduce((sum, index) => sum + this.#log.at(index).size, 0);
  }
}

function signable({ id, author, prev, size, isSigned }: Entry): Signable {
  return { id, author, prev: prev?.id ?? noOp, size, isSigned };
}
