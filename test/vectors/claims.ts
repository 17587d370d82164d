/**
 * Claims as bytes and what they come to: ops by hand, and the outcome as a person reads the rules.
 * Written here from docs/PROTOCOL.md alone, so that it checks src/claims and src/presence.
 */
import { createHash } from "node:crypto";
import type { Made, Sent } from "./draft.ts";
import { alice, bob, make, meshHex, sent, uvar } from "./draft.ts";

export interface ClaimVector {
  readonly name: string;
  readonly rule: string;
  readonly ops: readonly Sent[];
  /** What stands on the item `i`: null for nothing. */
  readonly standing: {
    readonly claim: string;
    readonly epoch: number;
    readonly confirmed: boolean;
    readonly end: string | null;
  } | null;
  /** Ops of the ends that took effect, the oldest first. */
  readonly effects: readonly string[];
  readonly stage: string | null;
}

type Author = typeof alice;

/** A story of one item: each line is an op that follows all before it. */
class Story {
  readonly ops: Made[] = [];

  op(author: Author, ...changes: readonly unknown[]): string {
    const own = this.ops.filter((op) => op.signer === author).at(-1) ?? null;
    const others = this.ops.filter((op) => op.signer !== author).slice(-1);
    const made = make({ signer: author, prev: own, deps: others, body: JSON.stringify(changes) });
    this.ops.push(made);
    return made.id;
  }

  claim(author: Author, epoch: number, after: readonly string[]): string {
    return this.op(author, ["claim", "i", epoch, after, {}]);
  }

  of(author: Author, kind: string, epoch: number, claim: string, terms: object = {}): string {
    return this.op(author, [kind, "i", epoch, claim, terms]);
  }
}

type Outcome = Omit<ClaimVector, "name" | "rule" | "ops">;

function vector(
  rule: string,
  name: string,
  tell: (story: Story) => Outcome,
): ClaimVector {
  const story = new Story();
  story.op(alice, ["new", "i", { stage: "coding" }]);
  const outcome = tell(story);
  return { name, rule, ops: story.ops.map((op) => sent(op)), ...outcome };
}

const open = { confirmed: false, end: null } as const;

export function drawHex(author: string, epoch: number, item: string): string {
  const hash = createHash("sha256");
  hash.update("towline/draw/1\0").update(Buffer.from(author, "hex")).update(uvar(epoch));
  return hash.update(item).digest("hex");
}

/** Alice and Bob, the one whom the draw favours for the first epoch of `i` first. */
function drawn(): readonly [winner: Author, loser: Author] {
  const isAlice = drawHex(alice.node, 1, "i") < drawHex(bob.node, 1, "i");
  return isAlice ? [alice, bob] : [bob, alice];
}

export function claimVectors(): readonly ClaimVector[] {
  const [winner, loser] = drawn();
  return [
    vector("CLM-4", "a first claim", (story) => {
      const claim = story.claim(alice, 1, []);
      return { standing: { claim, epoch: 1, ...open }, effects: [], stage: "coding" };
    }),
    vector("CLM-7", "two at once: the draw decides", (story) => {
      story.claim(loser, 1, []);
      const claim = story.claim(winner, 1, []);
      return { standing: { claim, epoch: 1, ...open }, effects: [], stage: "coding" };
    }),
    vector("CLM-6", "two at once: the one that is confirmed", (story) => {
      const claim = story.claim(loser, 1, []);
      story.claim(winner, 1, []);
      story.of(loser, "confirm", 1, claim, { by: "hub" });
      const standing = { claim, epoch: 1, confirmed: true, end: null };
      return { standing, effects: [], stage: "coding" };
    }),
    vector("CLM-5", "a takeover, and a completion that comes too late", (story) => {
      const first = story.claim(alice, 1, []);
      const claim = story.claim(bob, 2, [first]);
      story.of(alice, "complete", 1, first, { to: "qa" });
      return { standing: { claim, epoch: 2, ...open }, effects: [], stage: "coding" };
    }),
    vector("CLM-9", "a completion that the next claim follows", (story) => {
      const first = story.claim(alice, 1, []);
      const done = story.of(alice, "complete", 1, first, { to: "qa" });
      const claim = story.claim(bob, 2, [done]);
      return { standing: { claim, epoch: 2, ...open }, effects: [done], stage: "qa" };
    }),
    vector("CLM-6", "a claim that was taken back unused", (story) => {
      const claim = story.claim(alice, 1, []);
      const second = story.claim(bob, 2, [claim]);
      story.of(bob, "release", 2, second, { unused: true });
      const end = story.of(alice, "complete", 1, claim, { to: "done" });
      const standing = { claim, epoch: 1, confirmed: false, end };
      return { standing, effects: [end], stage: "done" };
    }),
    vector("CLM-3", "an epoch out of the air", (story) => {
      const claim = story.claim(alice, 1, []);
      story.claim(bob, 9, [claim]);
      return { standing: { claim, epoch: 1, ...open }, effects: [], stage: "coding" };
    }),
    vector("CLM-1", "malformed claims, in a valid op", (story) => {
      story.op(bob, ["claim", "i", 1, null, {}], ["claim", "i", 1, [], []], ["release", "i"]);
      return { standing: null, effects: [], stage: "coding" };
    }),
  ];
}

export interface BeatVector {
  readonly name: string;
  readonly rule: string;
  readonly bytes: string;
  /** What it says; null for one that is dropped. */
  readonly says: object | null;
}

function beatBytes(working: readonly (readonly [item: string, claim: string])[]): Buffer {
  const texts = (text: string): Buffer => Buffer.concat([uvar(text.length), Buffer.from(text)]);
  const body = Buffer.concat([
    Buffer.from([1]),
    Buffer.from(alice.node, "hex"),
    uvar(1_766_136_506_001),
    uvar(7),
    texts("builder"),
    uvar(working.length),
    ...working.flatMap(([item, claim]) => [texts(item), Buffer.from(claim, "hex")]),
  ]);
  const domain = Buffer.concat([Buffer.from("towline/presence/1\0"), Buffer.from(meshHex, "hex")]);
  return Buffer.concat([body, alice.sign(Buffer.concat([domain, body]))]);
}

export function beatVectors(): readonly BeatVector[] {
  const [one, two] = ["11".repeat(32), "22".repeat(32)] as const;
  const working = [
    ["bd-1", one],
    ["bd-2", two],
  ] as const;
  const good = beatBytes(working);
  const says = {
    node: alice.node,
    incarnation: 1_766_136_506_001,
    count: 7,
    name: "builder",
    working: working.map(([item, claim]) => ({ item, claim })),
  };
  const idle = { ...says, working: [] };
  const turned = beatBytes(working.toReversed());
  const bent = Buffer.from(good);
  bent[40] = (bent[40] ?? 0) ^ 1;
  const hex = (bytes: Buffer): string => bytes.toString("hex");
  return [
    { name: "two items", rule: "PRS-1", bytes: hex(good), says },
    { name: "nothing to do", rule: "PRS-1", bytes: hex(beatBytes([])), says: idle },
    { name: "out of order", rule: "PRS-1", bytes: hex(turned), says: null },
    { name: "one byte more", rule: "PRS-1", bytes: `${hex(good)}00`, says: null },
    { name: "another count under the signature", rule: "PRS-2", bytes: hex(bent), says: null },
  ];
}
