/** A node with a valid key that lies: an honest core whose words are bent, and tricks on top. */
import type { ConnId } from "../src/replica/events.ts";
import { fieldsText } from "./stored-json.ts";
import type { Life, Stage } from "./cast.ts";
import { Forger } from "./forgery.ts";
import type { Forged } from "./forgery.ts";
import type { Identity } from "./node.ts";
import { SimNode } from "./node.ts";
import type { Trick } from "./scenario.ts";

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
];

/** Tricks that make no op which honest nodes would have to agree on. */
export const noises: readonly Trick[] = ["gap", "fake-dep", "malformed", "replay", "ask-all"];

export class Byzantine extends SimNode {
  readonly #forger: Forger;
  readonly #withholds: number;
  readonly #isRude: boolean;
  #lie: "high" | "low" | null = null;

  constructor(world: Stage, identity: Identity) {
    super(world, identity);
    this.#forger = new Forger(this);
    this.#withholds = this.chance.chance(0.5) ? this.chance.float() : 0;
    this.#isRude = this.chance.chance(0.2);
  }

  override send(process: Life, conn: ConnId, frame: string | Uint8Array): void {
    const isControl = typeof frame === "string" && !frame.startsWith('{"type":"bulk"');
    if (!isControl && this.chance.chance(this.#withholds)) return;
    const isClock = isControl && frame.startsWith('{"type":"clock"');
    if (isClock && this.#lie !== null) process.put(conn, this.#clock(this.#lie));
    else process.put(conn, frame);
  }

  override opened(process: Life, conn: ConnId): void {
    if (this.#isRude && this.chance.chance(0.3)) process.put(conn, this.chance.pick(malformed));
  }

  #clock(lie: "high" | "low"): string {
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
    switch (trick) {
      case "lie-high":
        this.#lie = "high";
        process.put(conn, this.#clock("high"));
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

  #bulk(process: Life, conn: ConnId, forged: readonly { readonly text: string }[]): void {
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
    const { ops } = this.disk.image;
    if (ops.length === 0) return false;
    const picked = Array.from({ length: this.chance.between(1, 30) }, () => this.chance.pick(ops));
    const texts = picked.map((op) => {
      const text = fieldsText(op);
      return { text: isTampered ? text.replace('"actor":"', '"actor":"x') : text };
    });
    this.#bulk(process, conn, texts);
    return true;
  }
}
