/** Broken variants of version 3, of pages, and of late signatures. See `mutants.ts`. */
import { mutant } from "./variant.ts";
import type { Mutant, Patch } from "./variant.ts";

const paging = "src/sync/paging.ts";
const peerFrontier = "src/sync/peer-frontier.ts";
const comparison = "src/sync/comparison.ts";
const outbound = "src/sync/outbound.ts";
const durability = "src/replica/durability.ts";
const missing = "src/log/missing.ts";

/** The heads of all that is applied, durable or not, where only those of the durable are right. */
const allHeads = `const all = new Frontier();
    for (let at = 0; at < this.#shared.log.length; at += 1) all.advance(this.#shared.log.at(at));`;

const tightCredit: readonly Patch[] = [
  {
    file: "src/base/limits.ts",
    find: "export const creditBytes = 2_097_152;",
    replace: "export const creditBytes = 2_000;",
  },
  {
    file: "src/base/limits.ts",
    find: "export const creditStepBytes = 262_144;",
    replace: "export const creditStepBytes = 500;",
  },
];

export const pagingMutants: readonly Mutant[] = [
  {
    name: "frontier-advanced-before-commit",
    patches: [
      {
        file: durability,
        find: '    this.#emit({ kind: "persist", ops, facts: [], page });',
        replace: `    for (const { entry } of applied) this.frontier.advance(entry);
    this.#emit({ kind: "persist", ops, facts: [], page });`,
      },
      {
        file: durability,
        find: "if (this.#log.isForked(entry.author)) this.frontier.advance(entry);\n      else latest",
        replace: "latest",
      },
    ],
  },
  mutant(
    "hello-of-the-undurable-log",
    paging,
    "    this.outbound.send(helloFrame({ digest: this.#digest(), credit: creditBytes }), now);",
    `    ${allHeads}
    const digest = all.digest(this.#shared.crypto);
    this.outbound.send(helloFrame({ digest, credit: creditBytes }), now);`,
  ),
  mutant(
    "statement-of-the-undurable-log",
    paging,
    "    const statement = { isWhole: true, digest: this.#digest(), entries: frontier };",
    `    ${allHeads}
    const digest = frontier.size < 0 ? "" : all.digest(this.#shared.crypto);
    const statement = { isWhole: true, digest, entries: all };`,
  ),
  mutant(
    "ack-of-what-was-only-received",
    missing,
    "    let at: Entry | null = log.find(id) ?? null;",
    `    let at: Entry | null = log.find(id) ?? null;
    if (at === null) return true;`,
  ),
  mutant(
    "missing-one-too-few",
    missing,
    "chain.slice(topOf(known))",
    "chain.slice(topOf(known) + 1)",
  ),
  mutant("locator-not-answered", paging, "    this.#owedLocators.set(author, known);\n", ""),
  mutant(
    "no-locator-for-other-branches",
    missing,
    'return isAhead ? [] : "unplaced";',
    "return [];",
  ),
  {
    name: "credit-never-returned",
    patches: [
      ...tightCredit,
      {
        file: paging,
        find: "if (this.#taken < creditStepBytes ||",
        replace: "if (this.#taken < 1e9 * creditStepBytes ||",
      },
    ],
  },
  {
    name: "sends-without-credit",
    patches: [
      ...tightCredit,
      {
        file: outbound,
        find: "    this.#credit -= frame.length;\n",
        replace: "    this.#credit -= 0;\n",
      },
    ],
  },
  mutant(
    "page-without-its-last-signature",
    "src/sync/page-wire.ts",
    "sig: isNeeded === null || isNeeded[at] === true ? sig : null",
    "sig: at + 1 < ops.length && isNeeded?.[at] !== false ? sig : null",
  ),
  mutant(
    "sealed-span-one-too-long",
    durability,
    "this.spans.add({ first, count });",
    "this.spans.add({ first, count: count + 1 });",
  ),
  mutant("dropped-signatures-taken-for-kept", durability, "      entry.isSigned = false;\n", ""),
  mutant(
    "partial-statement-replaces-all",
    peerFrontier,
    "this.#next = frame.isWhole ? new Frontier() : this.#stated;",
    "this.#next = new Frontier();",
  ),
  mutant(
    "comparison-never-stuck",
    comparison,
    "const stuck = [...differing].some(([author, heads]) => this.#differing.get(author) === heads);",
    "const stuck = false;",
  ),
  mutant(
    "drafts-behind-a-foreign-page",
    durability,
    "    this.flush();\n    this.#persist(applied, page);",
    "    this.#persist(applied, page);",
  ),
  mutant(
    "drafts-unsigned-before-a-foreign-page",
    durability,
    "    this.flush();\n    this.#persist(applied, page);",
    "    this.#persist(this.#drafts.splice(0), null);\n    this.#persist(applied, page);",
  ),
  mutant(
    "drafts-persisted-backwards",
    durability,
    "const signed = this.#sign(piece);",
    "const signed = this.#sign(piece).toReversed();",
  ),
  {
    name: "page-kept-though-an-op-was-refused",
    patches: [
      {
        file: "src/base/limits.ts",
        find: "export const keptPageOpsMin = 256;",
        replace: "export const keptPageOpsMin = 2;",
      },
      {
        file: "src/replica/intake.ts",
        find: "    applied.length === ops.length &&\n",
        replace: "    applied.length > 0 &&\n",
      },
      {
        file: "src/replica/intake.ts",
        find: "    ops.every((received, at) => isKeptAsSent(received, applied[at]));",
        replace: "    ops.some((received, at) => isKeptAsSent(received, applied[at]));",
      },
    ],
  },
  mutant(
    "own-op-streamed-unsigned",
    "src/sync/recent.ts",
    "const proof = sig ?? signOp(signer, op.id);",
    "const proof = signer.node === null ? signOp(signer, op.id) : sig;",
  ),
  mutant(
    "equal-hellos-stream-from-now",
    paging,
    "this.#startDelta({ indices: [], cursor: hello.cursor, now });",
    "this.#startDelta({ indices: [], cursor: this.#shared.disk.durable, now });",
  ),
  mutant(
    "early-commits-not-told",
    paging,
    "    for (const author of announcement.authors) this.#untold.add(author);",
    "    if (this.#hasStated) for (const author of announcement.authors) this.#untold.add(author);",
  ),
];

/** Variants that are right, with limits so tight that what they bound happens all the time. */
export const tightVariants: readonly Mutant[] = [
  mutant(
    "tight-pages",
    "src/base/limits.ts",
    "export const keptPageOpsMin = 256;",
    "export const keptPageOpsMin = 2;",
  ),
  { name: "tight-credit", patches: tightCredit },
];
