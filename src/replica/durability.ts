/**
 * What is on its way to the disk, what is there, and what may be told once it is. Own ops are
 * signed here, as late as can be: the last of those that are kept together vouches for the others.
 * [WIRE 2]
 */
import { assert } from "../base/assert.ts";
import { keptPageOpsMin, pageFillBytes, runBytesMax, runOpsMax } from "../base/limits.ts";
import type { Applied, Entry, Log } from "../log/log.ts";
import { Frontier } from "../log/frontier.ts";
import type { Span } from "../log/spans.ts";
import { Spans } from "../log/spans.ts";
import type { Signer } from "../op/crypto.ts";
import type { NodeId, VerifiedOp } from "../op/op.ts";
import { signOp } from "../op/signature.ts";
import type { Compression } from "../page/compression.ts";
import type { PageEntry } from "../page/page.ts";
import { encodePage, pageOpsFrom } from "../page/page.ts";
import { Recent } from "../sync/recent.ts";
import type { Effect, Notice } from "./events.ts";
import type { Fact, Sealed } from "./store.ts";

/** What a commit made durable. */
export interface Committed {
  readonly count: number;
  /** Whose ops these are. */
  readonly authors: ReadonlySet<NodeId>;
  /** Notices that waited for it. */
  readonly notices: readonly Notice[];
}

export class Durability {
  readonly frontier = new Frontier();
  readonly spans = new Spans();
  readonly #log: Log;
  readonly #signer: Signer;
  readonly #compression: Compression;
  readonly #emit: (effect: Effect) => void;
  #durable = 0;
  #recent = new Recent(0, []);
  /** Own ops that are applied, and neither signed nor handed to the disk yet. */
  #drafts: Applied[] = [];
  /** Ops handed to the disk since the last commit. */
  #fresh: VerifiedOp[] = [];
  /** Pages among them. */
  #freshSpans: Span[] = [];
  #hasNewFacts = false;
  #notices: Notice[] = [];

  constructor(input: {
    readonly log: Log;
    readonly signer: Signer;
    readonly compression: Compression;
    readonly emit: (effect: Effect) => void;
  }) {
    this.#log = input.log;
    this.#signer = input.signer;
    this.#compression = input.compression;
    this.#emit = input.emit;
  }

  /** Arrival index below which all ops are on disk. */
  get durable(): number {
    return this.#durable;
  }

  /** The ops of the last commit. */
  get recent(): Recent {
    return this.#recent;
  }

  /** Facts are on their way to the disk. */
  get hasNewFacts(): boolean {
    return this.#hasNewFacts;
  }

  /** How many own ops wait for `flush`. */
  get drafts(): number {
    return this.#drafts.length;
  }

  /** All that the log holds was read from the disk. */
  restored(): void {
    this.#durable = this.#log.length;
    this.#recent = new Recent(this.#durable, []);
    for (const author of this.#log.authors()) {
      const chain = this.#log.chainOf(author);
      const from = this.#log.isForked(author) ? 0 : chain.length - 1;
      for (const entry of chain.slice(from)) this.frontier.advance(entry);
    }
  }

  /** The disk turned ops into a page, and left out signatures that it can do without. */
  sealed({ first, count, bare }: Sealed): void {
    this.spans.add({ first, count });
    for (const index of bare) {
      const entry = this.#log.at(index);
      entry.isSigned = false;
      entry.claim = "none";
    }
  }

  /** Own ops, just written: kept with all that is written until `flush`. */
  draft(written: readonly Applied[]): void {
    if (this.#drafts.length === 0) this.#emit({ kind: "gather" });
    for (const applied of written) this.#drafts.push(applied);
  }

  /** Ops of others, just applied; `page` is the frame that holds exactly these. */
  add(applied: readonly Applied[], page: Uint8Array | null): void {
    this.flush();
    this.#persist(applied, page);
  }

  /** Signs the own ops that wait and hands them to the disk. */
  flush(): void {
    const drafts = this.#drafts;
    this.#drafts = [];
    for (let at = 0; at < drafts.length;) {
      const piece = pieceOf(drafts, at);
      at += piece.length;
      const signed = this.#sign(piece);
      const isPage = piece.length >= keptPageOpsMin;
      this.#persist(signed, isPage ? encodePage(signed.map(pageEntry), this.#compression) : null);
    }
  }

  /** The last op of each run gets a signature, and so the last of all. */
  #sign(drafts: readonly Applied[]): readonly Applied[] {
    let [ops, bytes] = [0, 0];
    return drafts.map((applied, at) => {
      const next = drafts[at + 1]?.entry.size ?? Infinity;
      [ops, bytes] = [ops + 1, bytes + applied.entry.size];
      if (ops < runOpsMax && bytes + next <= runBytesMax) return applied;
      [ops, bytes] = [0, 0];
      const verified = this.#log.vouch(applied, signOp(this.#signer, applied.entry.id));
      return { ...applied, verified };
    });
  }

  #persist(applied: readonly Applied[], page: Uint8Array | null): void {
    const ops = applied.map(({ verified }) => verified);
    for (const op of ops) this.#fresh.push(op);
    if (page !== null) {
      const first = applied[0]?.entry.index ?? 0;
      this.#freshSpans.push({ first, count: applied.length });
    }
    this.#emit({ kind: "persist", ops, facts: [], page });
  }

  learn(facts: readonly Fact[]): void {
    this.#hasNewFacts = true;
    this.#emit({ kind: "persist", ops: [], facts, page: null });
  }

  /** Gives `notice` once all that is on its way is durable. */
  tellWhenDurable(notice: Notice): void {
    // Something has to be committed for it, even if it is nothing.
    if (this.#fresh.length === 0 && this.#drafts.length === 0) this.#persist([], null);
    this.#notices.push(notice);
  }

  /** All that was handed to the disk is there. */
  committed(): Committed {
    assert(this.#drafts.length === 0, "what is drafted is flushed before a commit");
    const [fresh, notices] = [this.#fresh, this.#notices];
    [this.#fresh, this.#notices, this.#hasNewFacts] = [[], [], false];
    this.#recent = new Recent(this.#durable, fresh);
    const authors = new Set<NodeId>();
    const latest = new Map<NodeId, Entry>();
    for (; this.#durable < this.#log.length; this.#durable += 1) {
      const entry = this.#log.at(this.#durable);
      authors.add(entry.author);
      if (this.#log.isForked(entry.author)) this.frontier.advance(entry);
      else latest.set(entry.author, entry);
    }
    // The last op of a chain without a fork is its head.
    for (const [author, { seq, id }] of latest) this.frontier.set(author, [{ seq, id }]);
    for (const span of this.#freshSpans.splice(0)) this.spans.add(span);
    return { count: fresh.length, authors, notices };
  }
}

/** The next drafts from `at` on that fit one page. */
function pieceOf(drafts: readonly Applied[], at: number): readonly Applied[] {
  const most = at + pageOpsFrom((drafts[at] as Applied).entry.index);
  let [bytes, end] = [0, at];
  while (end < drafts.length && end < most) {
    bytes += (drafts[end] as Applied).entry.size;
    if (bytes > pageFillBytes && end > at) break;
    end += 1;
  }
  return drafts.slice(at, end);
}

function pageEntry({ entry, verified }: Applied): PageEntry {
  return { id: entry.id, bytes: verified.op.bytes, sig: verified.sig };
}
