/** A pipeline to look at and to measure: as many items as wanted, the same ones for each run. */
import type { ChangeTuple } from "../../src/api/index.ts";

const titles = [
  "Login fails after the session has expired",
  "Retry webhooks with a growing pause",
  "Import boards of the old tracker",
  "Paging loses the last invoice of a month",
  "Two tabs overwrite each other's drafts",
  "Upload of files over 2 GB stops at half",
  "Say in the billing form what to do when a card is refused, not only that it was",
  "Nightly export takes four hours",
  "Rate limits for tokens",
  "Search finds deleted items",
  "Dark mode for e-mails",
  "Audit log: who saw what",
  "Flaky test in the queue of jobs",
  "Move secrets out of the environment",
  "Bump the TLS library",
  "Keyboard trap in the date picker",
  "Cache of thumbnails grows without end",
  "Time zones in the weekly report",
  "Split the monolithic settings page",
  "Undo for bulk edits",
];
const places = ["", "", "", " (phones)", " (behind a proxy)", " (guests)", " (API)", " (offline)"];
const labels = ["ui", "api", "billing", "security", "docs", "infra", "needs:gpu", "good-first"];
const people = ["ann", "ben", "chidi", "dora", "emil"];
const kinds = ["bug", "task", "feature", "chore"];
/** Of a hundred items, how many are in each stage. */
const shares = [
  ["backlog", 42],
  ["coding", 10],
  ["qa", 7],
  ["merge", 4],
  ["done", 25],
  ["archived", 12],
] as const;

export interface MadeItem {
  readonly id: string;
  readonly stage: string;
  readonly changes: readonly ChangeTuple[];
}

export function madeItems(count: number): readonly MadeItem[] {
  return Array.from({ length: count }, (_, n) => madeItem(n));
}

function madeItem(n: number): MadeItem {
  const draw = drawsOf(n);
  const id = `tl-${(n * 7919 + 46_656).toString(36)}`;
  const stage = stageAt(draw(100));
  const title = `${pick(titles, draw)}${pick(places, draw)}`;
  const changes: ChangeTuple[] = [
    [
      "new",
      id,
      {
        title,
        stage,
        priority: [0, 1, 1, 2, 2, 2, 3, 3, 4][draw(9)] ?? 2,
        kind: pick(kinds, draw),
        description: `${title}. Seen by ${pick(people, draw)}; see the notes for how to provoke it.`,
        ...(draw(3) === 0 ? { assignee: pick(people, draw) } : {}),
        ...(draw(25) === 0 ? { blocked: true, reason: "waits for the vendor" } : {}),
        ...(draw(40) === 0 ? { frozen: true } : {}),
      },
    ],
  ];
  for (let left = draw(4); left > 0; left -= 1) {
    changes.push(["add", id, "labels", pick(labels, draw)]);
  }
  if (n > 10 && draw(9) === 0) {
    const other = `tl-${(draw(n) * 7919 + 46_656).toString(36)}`;
    changes.push(["add", id, "depends_on", other]);
  }
  if (draw(14) === 0) changes.push(["inc", id, "retries", 1 + draw(3)]);
  if (draw(6) === 0) changes.push(["note", id, "Happens once a day, at about noon."]);
  return { id, stage, changes };
}

type Draw = (below: number) => number;

/** Numbers that depend on `n` alone (SplitMix32). */
function drawsOf(n: number): Draw {
  let state = Math.imul(n + 1, 0x9e3779b9);
  return (below) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

function pick(from: readonly string[], draw: Draw): string {
  return from[draw(from.length)] ?? "";
}

function stageAt(percent: number): string {
  let sum = 0;
  for (const [stage, share] of shares) {
    sum += share;
    if (percent < sum) return stage;
  }
  return "backlog";
}
