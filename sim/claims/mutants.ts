/** Broken variants of how work is handed out, each of which the simulator of claims must catch. */
import type { Mutant } from "../variant.ts";
import { mutant } from "../variant.ts";

const desk = "src/work/desk.ts";
const keeper = "src/work/keeper.ts";
const itemClaims = "src/claims/item-claims.ts";

export const claimMutants: readonly Mutant[] = [
  mutant(
    "confirmed-without-a-witness",
    "src/work/confirm.ts",
    "return host.hubs().every((hub) => hub.has(claim));",
    "return true;",
  ),
  mutant(
    "confirmed-beside-a-rival",
    desk,
    "const isFree = standing.rivals.length === 0;",
    "const isFree = true;",
  ),
  mutant(
    "witness-that-knows-more",
    "src/replica/witness.ts",
    "if (!heads.every(({ id }) => log.find(id) !== undefined)) return false;",
    "if (heads.length > 99) return false;",
  ),
  mutant(
    "lost-claim-taken-for-won",
    desk,
    "if (standing?.claim !== ref.claim || standing.end !== null) {",
    "if (standing === null) {",
  ),
  mutant(
    "last-arrival-wins",
    itemClaims,
    "return compareText(this.#drawOf(left), this.#drawOf(right)) || comparePlaces(left, right);",
    "return -1;",
  ),
  mutant("unused-claims-count", itemClaims, "return end.change.isUnused ? 0 : 1;", "return 1;"),
  mutant(
    "confirmation-weighs-nothing",
    itemClaims,
    "if (this.#confirmOf(claim) !== null) return 3;",
    "",
  ),
  mutant(
    "stale-completion-applied",
    itemClaims,
    "effects: effectsOf(line, end), next",
    `effects: [
        ...effectsOf(line, end),
        ...this.#rooted.flatMap((claim) => {
          const late = this.#endOf(claim);
          return claim !== last && late?.change.kind === "complete" ? [late as Effect] : [];
        }),
      ], next`,
  ),
  mutant(
    "only-the-last-end-counts",
    itemClaims,
    "const ends = [...line.slice(1).map(({ parentEnd }) => parentEnd), end];",
    "const ends = [end];",
  ),
  mutant(
    "lease-for-ever",
    "src/claims/lease.ts",
    "return at + this.ttlOf(claim) + (isOurs ? 0 : this.#times.graceMs);",
    "return at + 1e9;",
  ),
  mutant(
    "deaf-node-judges-others",
    "src/work/board.ts",
    "if (since === null) return Infinity;",
    "if (since === null || since > 0) return expiresAt;",
  ),
  mutant(
    "lease-far-too-short",
    "src/claims/lease.ts",
    "return at + this.ttlOf(claim) + (isOurs ? 0 : this.#times.graceMs);",
    "return at + (isOurs ? 1e4 : 300);",
  ),
  mutant(
    "no-signs-of-life",
    keeper,
    "this.#host.tellWorking(working, Math.min(...ttls) / 3);",
    "this.#host.tellWorking([], ttls.length);",
  ),
  mutant(
    "beats-not-passed-on",
    "src/replica/beats.ts",
    "if (other !== conn) session.sendBeat(bytes, now.mono);",
    "if (other === conn) continue;",
  ),
  mutant(
    "restart-is-not-newer",
    "src/replica/beats.ts",
    "const incarnation = Math.max(Math.min(last, Number.MAX_SAFE_INTEGER - 1) + 1, wall);",
    "const incarnation = Math.min(last + 1, wall, 1);",
  ),
  mutant(
    "cut-off-holder-goes-on",
    keeper,
    "return this.#host.now() - contact.lastAt > leases.ttlOf(claim);",
    "return this.#host.now() < contact.lastAt - leases.ttlOf(claim);",
  ),
];
