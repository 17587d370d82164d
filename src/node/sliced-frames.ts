/**
 * The frames of one link on their way to the core. A long page is taken apart in slices first, a
 * turn of the event loop for each, so that everybody else has theirs in between; what the link
 * brings meanwhile waits behind it.
 */
import type { Link } from "../adapters/link.ts";
import { assert } from "../base/assert.ts";
import type { PageContent } from "../page/page.ts";
import type { Slices } from "../replica/intake.ts";

/** A whole message; `content` of a page that was taken apart. */
export interface Frame {
  readonly data: Uint8Array;
  readonly isBinary: boolean;
  readonly content?: PageContent;
}

export class SlicedFrames {
  readonly #link: Link;
  readonly #begin: (frame: Uint8Array) => Slices | null;
  readonly #feed: (frame: Frame) => boolean;
  /** The page that is being taken apart. */
  #current: { readonly slices: Slices; readonly data: Uint8Array } | null = null;

  constructor(input: {
    readonly link: Link;
    /** Null for a frame that is to be fed as it is. */
    readonly begin: (frame: Uint8Array) => Slices | null;
    /** True when somebody else keeps the link from being read for now, and will read on. */
    readonly feed: (frame: Frame) => boolean;
  }) {
    this.#link = input.link;
    this.#begin = input.begin;
    this.#feed = input.feed;
  }

  take(data: Uint8Array, isBinary: boolean): void {
    assert(this.#current === null, "a paused link brings nothing");
    const slices = isBinary ? this.#begin(data) : null;
    if (slices === null) {
      this.#feed({ data, isBinary });
      return;
    }
    this.#current = { slices, data };
    this.#link.pause();
    this.#goOn();
  }

  #goOn(): void {
    setImmediate(() => {
      if (this.#current === null) return;
      const isHeld = this.#advance();
      if (isHeld === null) this.#goOn();
      else if (!isHeld) this.#link.resume();
    });
  }

  /** Null while there is more to do; then whether the link is to stay as it is. */
  #advance(): boolean | null {
    if (this.#current === null) return true;
    const { slices, data } = this.#current;
    const { done, value } = slices.next();
    if (done !== true) return null;
    this.#current = null;
    return this.#feed({ data, isBinary: true, ...(value && { content: value }) });
  }

  /** The link has ended: what it brought before is fed now. */
  finish(): void {
    while (this.#current !== null) this.#advance();
  }
}
