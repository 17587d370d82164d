/** What a run found, as a table in Markdown with ratios, and in words where a peer is better. */
import type { Figure } from "../figures.ts";
import type { Peer } from "./roster.ts";

/** Figures by `PEER.NAME`, and for those that could not be measured the reason. */
export interface Results {
  readonly figures: ReadonlyMap<string, Figure>;
  readonly missing: ReadonlyMap<string, string>;
}

/** Of everything else, less is better. */
const moreIsBetter = new Set(["ops/s", "op deliveries/s", "%"]);
/** Closer than that is no difference on a machine that does other things as well. */
const noise = 1.15;

/** The names of figures without the peer, in the order in which they were measured. */
function namesIn({ figures, missing }: Results): readonly string[] {
  const names = [...figures.keys(), ...missing.keys()].map((name) => name.replace(/^\w+\./u, ""));
  return [...new Set(names)];
}

function textOf(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString("en-US") : String(value);
}

/** How many times better than Towline; null when there is nothing to compare. */
function ratioOf(figure: Figure, ours: Figure | undefined): number | null {
  if (ours === undefined || figure.value === 0 || ours.value === 0) return null;
  const ratio = figure.value / ours.value;
  return moreIsBetter.has(figure.unit) ? ratio : 1 / ratio;
}

function ratioText(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2)}x`;
}

export function figureTable(results: Results, peers: readonly Peer[]): string {
  const { figures, missing } = results;
  const cell = (name: string, peer: Peer): string => {
    const figure = figures.get(`${peer.name}.${name}`);
    if (figure === undefined) return missing.has(`${peer.name}.${name}`) ? "none, see below" : "";
    const ratio = peer.name === "towline" ? null : ratioOf(figure, figures.get(`towline.${name}`));
    return textOf(figure.value) + (ratio === null ? "" : ` (${ratioText(ratio)})`);
  };
  const unitOf = (name: string): string => {
    return peers.map((peer) => figures.get(`${peer.name}.${name}`)?.unit).find(Boolean) ?? "";
  };
  const rows = namesIn(results).map((name) => [
    `\`${name}\``,
    unitOf(name),
    ...peers.map((peer) => cell(name, peer)),
  ]);
  return markdown([["figure", "unit", ...peers.map(({ name }) => name)], ...rows]);
}

export function notesTable(peers: readonly Peer[]): string {
  const rows = peers.map(({ name, what, doesNot }) => [name, what, doesNot]);
  return markdown([["peer", "what", "does not do"], ...rows]);
}

/** For each peer the figures in which it is better than Towline, the clearest first. */
export function betterThanTowline({ figures }: Results, peers: readonly Peer[]): readonly string[] {
  return peers.flatMap(({ name }) => {
    if (name === "towline") return [];
    const better = [...figures]
      .filter(([key]) => key.startsWith(`${name}.`))
      .map(([key, figure]) => {
        const bare = key.slice(name.length + 1);
        return { bare, ratio: ratioOf(figure, figures.get(`towline.${bare}`)) ?? 0 };
      })
      .filter(({ ratio }) => ratio > noise)
      .sort((one, other) => other.ratio - one.ratio)
      .map(({ bare, ratio }) => `${bare} ${ratioText(ratio)}`);
    return better.length === 0 ? [] : [`${name} is better in: ${better.join(", ")}`];
  });
}

/** One line for each reason. */
export function missingLines({ missing }: Results): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const [name, reason] of missing) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  return [...byReason].map(([reason, names]) => `${names.join(", ")}: ${reason}`);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, at) => Math.max(3, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string => {
    return `| ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  };
  const rule = widths.map((width) => "-".repeat(width));
  return [line(head), line(rule), ...rows.slice(1).map(line)].join("\n");
}
