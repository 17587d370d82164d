/** A node with a valid key that lies: an honest core whose words are bent, and tricks on top. */
import { present } from "../base/assert.ts";
import type { ConnId } from "../replica/events.ts";
import type { PageEntry } from "../page/page.ts";
import { tags } from "../sync/frames-3.ts";
import type { Life, Stage } from "./cast.ts";
import { Forger } from "./forgery.ts";
import type { Lie } from "./lies.ts";
import { isPaging, largePageOf, Liar, pagesOf } from "./lies.ts";
import type { Forged } from "./forgery.ts";
import type { Identity } from "./node.ts";
import { SimNode } from "./node.ts";
import type { Trick } from "./scenario.ts";
import { fieldsText } from "./stored-json.ts";

/** Messages that break every phase of a connection; lengths and types that nobody expects. */
const malformed: readonly (string | Uint8Array)[] = [
  "",
  "{}",
  "[]",
  "null",
  '{"type":1}',
  '{"type":"clock","clock":{"zz":1}}',
  '{"type":"clock","clock":{"' + "0".repeat(64) + '":-1}}',
  '{"type":"clock","clock":{"' + "0".repeat(64) + '":1e400}}',
  '{"type":"bulk","ops":{}}',
  '{"type":"bulk","ops":[1]}',
  '{"type":"welcome"}',
  '{"type":"auth"}',
  '{"type":"challenge","nonce":"","node":"","mesh":null}',
  '{"type":"ready","ready":true}',
  '{"type":"constructor"}',
  '{"type":"__proto__"}',
  "[".repeat(5_000),
  "x".repeat(5_000),
  new Uint8Array([0xff, 0xfe, 0x00]),
  new Uint8Array(0),
  new TextEncoder().encode('{"v":2,"op":{}}'),
  new TextEncoder().encode('{"v":1,"op":[]}'),
  new TextEncoder().encode('{"v":1,"op":{"__proto__":{"author":"x"}}}'),
  ...Object.values(tags).map((tag) => Uint8Array.of(tag)),
  ...Object.values(tags).map((tag) => new Uint8Array(200).fill(255).fill(tag, 0, 1)),
  new Uint8Array(300).fill(tags.page),
  Uint8Array.of(0, 1, 2),
];

/** Tricks that make no op which honest nodes would have to agree on. */
export const noises: readonly Trick[] = [
  ...(["gap", "fake-dep", "malformed", "replay", "ask-all"] as const),
  ...(["garbled-page", "replayed-page", "beyond-credit"] as const),
  ...(["ask-again", "endless-frontier"] as const),
];

/** Tricks that only version 3 has a frame for. */
const pagingTricks: ReadonlySet<Trick> = new Set([
  ...(["garbled-page", "replayed-page", "beyond-credit"] as const),
  ...(["ask-again", "endless-frontier"] as const),
]);

/** An op in the form of each version. */
interface Told {
  readonly text: string;
  readonly entry: PageEntry;
}

export class Byzantine extends SimNode {
  readonly #forger: Forger;
  readonly #withholds: number;
  readonly #isRude: boolean;
  readonly #liar: Liar;
  #lie: Lie | null = null;

  constructor(world: Stage, identity: Identity) {
    super(world, identity);
    this.#forger = new Forger(this);
    this.#liar = new Liar(this);
    this.#withholds = this.chance.chance(0.5) ? this.chance.float() : 0;
    this.#isRude = this.chance.chance(0.2);
  }

  override send(process: Life, conn: ConnId, frame: string | Uint8Array): void {
    if (isPaging(frame)) {
      const isPage = frame[0] === tags.page;
      if (isPage && this.chance.chance(this.#withholds)) return;
      process.put(conn, this.#lie === null ? frame : this.#liar.bent(frame, this.#lie));
      return;
    }
    const isControl = typeof frame === "string" && !frame.startsWith('{"type":"bulk"');
    if (!isControl && this.chance.chance(this.#withholds)) return;
    const isClock = isControl && frame.startsWith('{"type":"clock"');
    if (isClock && this.#lie !== null) process.put(conn, this.#clock(this.#lie));
    else process.put(conn, frame);
  }

  override opened(process: Life, conn: ConnId): void {
    if (this.#isRude && this.chance.chance(0.3)) process.put(conn, this.chance.pick(malformed));
  }

  #clock(lie: Lie): string {
    const authors = lie === "low" ? [] : this.world.trustedKeys;
    const count = this.chance.pick([1, 1_000, Number.MAX_SAFE_INTEGER]);
    return JSON.stringify({
      type: "clock",
      clock: Object.fromEntries(authors.map((author) => [author, count])),
    });
  }

  /** One trick on one of its connections; false when it has none. */
  override play({ trick, size }: { readonly trick: Trick; readonly size: number }): boolean {
    const { process } = this;
    const conns = process === null ? [] : this.chance.shuffled([...process.links.keys()]);
    const conn = conns[0];
    if (process === null || conn === undefined) return false;
    if (pagingTricks.has(trick)) return this.#playPaging(process, conns, { trick, size });
    switch (trick) {
      case "lie-heads":
      case "lie-high":
        this.#lie = "high";
        if (trick === "lie-high") process.put(conn, this.#clock("high"));
        for (const each of this.#paging(process, conns)) {
          process.put(each, this.#liar.contradiction());
        }
        return true;
      case "lie-low":
        this.#lie = this.chance.pick(["low", null]);
        return true;
      case "ask-all":
        for (let at = 0; at < size; at += 1) process.put(conn, this.#clock("low"));
        return true;
      case "malformed":
        process.put(conn, this.chance.pick(malformed));
        return true;
      case "equivocate":
        return this.#equivocate(process, conns);
      case "late-voucher":
        return this.#vouchLate(process, conn, size);
      case "replay":
      case "tamper":
        return this.#repeat(process, conn, trick === "tamper");
      case "flood":
        this.#bulk(process, conn, this.#many("gap", 70 * size));
        return true;
      default:
        this.#bulk(process, conn, this.#many(trick, size));
        return true;
    }
  }

  #many(trick: Trick, count: number): Forged[] {
    return Array.from({ length: count }, () => this.#forger.broken(trick)).filter(
      (forged) => forged !== null,
    );
  }

  /** Those of the connections that speak version 3. */
  #paging(process: Life, conns: readonly ConnId[]): readonly ConnId[] {
    return conns.filter((conn) => process.replica.sessions().get(conn)?.version === 3);
  }

  #playPaging(
    process: Life,
    conns: readonly ConnId[],
    { trick, size }: { readonly trick: Trick; readonly size: number },
  ): boolean {
    const conn = this.#paging(process, conns)[0];
    if (conn === undefined) return false;
    const frames = [...this.#pagingFrames(trick, size)];
    for (const frame of frames) process.put(conn, frame);
    return frames.length > 0;
  }

  #pagingFrames(trick: Trick, size: number): Iterable<Uint8Array> {
    switch (trick) {
      case "garbled-page":
        return [this.#liar.garbledPage()].filter((page) => page !== null);
      case "replayed-page":
        return this.#liar.replayedPages();
      case "beyond-credit":
        return this.#beyondCredit(size);
      case "ask-again":
        return this.#liar.questions(size);
      default:
        return this.#liar.endless(size);
    }
  }

  /** More and larger pages than the other side gave credit for. */
  #beyondCredit(size: number): readonly Uint8Array[] {
    const ops = Array.from({ length: 13 }, () => this.#forger.huge()).filter((op) => op !== null);
    if (ops.length === 0) return [];
    const page = largePageOf(ops.map(({ entry }) => entry));
    return Array.from({ length: Math.min(size, 6) }, () => page);
  }

  /** Sends ops that nobody asked for. */
  #bulk(process: Life, conn: ConnId, forged: readonly Told[]): void {
    if (this.#paging(process, [conn]).length > 0) {
      for (const page of pagesOf(forged.map(({ entry }) => entry))) process.put(conn, page);
      return;
    }
    const ops = forged.map(({ text }) => text).join(",");
    process.put(conn, `{"type":"bulk","ops":[${ops}]}`);
  }

  /** Another op of one seq to each peer. */
  #equivocate(process: Life, conns: readonly ConnId[]): boolean {
    for (const conn of conns) {
      const position = this.#forger.position();
      if (position === null) return false;
      const forged = this.#forger.make(this.#forger.fields(position), true, true);
      this.#bulk(process, conn, [forged]);
    }
    return conns.length > 1;
  }

  /** Part of a run without what vouches for it, then all of it, in no order, or far too much. */
  #vouchLate(process: Life, conn: ConnId, size: number): boolean {
    const isTooLong = this.chance.chance(0.2);
    const run = this.#forger.chain(isTooLong ? 300 : size + 1, !isTooLong);
    this.#bulk(process, conn, run.slice(0, -1));
    this.#bulk(process, conn, this.chance.chance(0.5) ? this.chance.shuffled(run) : run);
    return true;
  }

  /** Ops of others again, out of order or with a changed text. */
  #repeat(process: Life, conn: ConnId, isTampered: boolean): boolean {
    const { rows, ops } = this.disk.image;
    if (ops.length === 0) return false;
    const picked = Array.from({ length: this.chance.between(1, 30) }, () => {
      return this.chance.below(ops.length);
    });
    const told = picked.map((place): Told => {
      const row = present(rows[place], "the place was counted");
      const { id } = present(ops[place], "the place was counted");
      const text = fieldsText(row);
      if (!isTampered) return { text, entry: { id, bytes: row.bytes, sig: row.sig } };
      return this.#forger.tampered(row, text.replace('"actor":"', '"actor":"x'));
    });
    this.#bulk(process, conn, told);
    return true;
  }
}
