/** How ops become frames: JSON texts in versions 1 and 2, pages in version 3. */
import type { Recent } from "./recent.ts";
import type { LoadedOp } from "./session-effects.ts";

export type FrameData = string | Uint8Array;

/** The next ops of a list that go out together. */
export interface Pick {
  /** Arrival indices, ascending. */
  readonly indices: readonly number[];
  /** Whether the disk holds exactly these ops as one page, which can go out as it is. */
  readonly isKeptPage: boolean;
}

export interface Wire {
  /**
   * The next of `list` from `from` on: bounded, and with someone to vouch for each of them. May
   * bring ops forward in the list.
   */
  pick(list: number[], from: number): Pick;
  /**
   * Frames for ops that were read back. `isTerse` leaves out each signature that a later op of the
   * frame makes needless.
   */
  encode(
    indices: readonly number[],
    ops: readonly LoadedOp[],
    isTerse: boolean,
  ): readonly FrameData[];
  /** Frames for ops that were just applied, or null when they should be read back as a list. */
  stream(indices: readonly number[], recent: Recent, room: number): readonly FrameData[] | null;
}
