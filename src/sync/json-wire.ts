/** Ops as JSON: bulk frames, and live frames for what was just applied. [WIRE 6, 7] */
import {
  bulkFrameBytes,
  bulkPageOps,
  bulkHardBytes,
  liveBurstOps,
  runOpsMax,
} from "../base/limits.ts";
import type { BulkSources } from "./bulk.ts";
import { bulkFrames } from "./bulk.ts";
import type { Recent } from "./recent.ts";
import type { LoadedOp } from "./session-effects.ts";
import type { Bounds } from "./vouched.ts";
import { vouchedPiece } from "./vouched.ts";
import type { FrameData, Pick, Wire } from "./wire.ts";

const bounds: Bounds = {
  ops: bulkPageOps,
  bytes: bulkFrameBytes,
  opsHard: bulkPageOps + runOpsMax,
  bytesHard: bulkHardBytes,
};

export class JsonWire implements Wire {
  readonly #sources: BulkSources;

  constructor(sources: BulkSources) {
    this.#sources = sources;
  }

  pick(list: number[], from: number): Pick {
    const indices = vouchedPiece(this.#sources.log, list, { from, bounds });
    return { indices, isKeptPage: false };
  }

  encode(
    indices: readonly number[],
    ops: readonly LoadedOp[],
    isTerse: boolean,
  ): readonly FrameData[] {
    return bulkFrames(this.#sources, { indices, ops, isTerse });
  }

  /** Signed ops go as live frames; where one has no checked signature, all go in bulks. */
  stream(indices: readonly number[], recent: Recent, room: number): readonly FrameData[] | null {
    if (this.#isBurst(indices, room)) return null;
    const signed = indices.map((index) => recent.signedFrame(index, this.#sources.signer));
    if (signed.every((frame) => frame !== null)) return signed;
    const ops = indices.map((index) => recent.op(index));
    return bulkFrames(this.#sources, { indices, ops, isTerse: false });
  }

  /** More than goes out as live frames without filling the queue. */
  #isBurst(indices: readonly number[], room: number): boolean {
    if (indices.length > Math.min(liveBurstOps, room)) return true;
    const { log } = this.#sources;
    return indices.reduce((sum, index) => sum + log.at(index).size, 0) > bulkFrameBytes;
  }
}
