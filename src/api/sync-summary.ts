/** Where a node stands with its peers, in numbers and in one sentence: no more than is known. */
import type { PeerStatus, SyncSummary } from "./types.ts";

/** Peers that are named in the sentence; `peers` has them all. */
const namedMax = 5;

/** Of peers that are connected or dialled; those that are only trusted may be away for good. */
export function summaryOf(rows: readonly PeerStatus[]): SyncSummary {
  const byNode = new Map<string, PeerStatus>();
  for (const row of rows) {
    if (row.state === "offline") continue;
    const key = row.node ?? row.url ?? "";
    const before = byNode.get(key);
    if (before === undefined || (before.inSync === null && row.inSync !== null)) {
      byNode.set(key, row);
    }
  }
  const peers = [...byNode.values()];
  const counts = {
    peers: peers.length,
    inSync: peers.filter(({ inSync }) => inSync === true).length,
    behind: peers.filter(({ inSync }) => inSync === false).length,
    unknown: peers.filter(({ inSync }) => inSync === null).length,
  };
  return { ...counts, text: textOf(counts, peers) };
}

function textOf(
  { peers: all, inSync }: Pick<SyncSummary, "peers" | "inSync">,
  peers: readonly PeerStatus[],
): string {
  if (all === 0) return "no peer is connected or dialled";
  const others = peers.filter((row) => row.inSync !== true).map(sentenceOf);
  const more = others.length > namedMax ? [`${others.length - namedMax} more`] : [];
  const head = `in sync with ${inSync} of ${all} ${all === 1 ? "peer" : "peers"}`;
  return [head, ...others.slice(0, namedMax), ...more].join("; ");
}

function sentenceOf(row: PeerStatus): string {
  const name = nameOf(row);
  const lag = lagText(row.lag);
  if (row.state !== "live" && row.state !== "syncing") {
    return `${name} is not connected${lag === "" ? "" : `, by its last word it ${lag}`}`;
  }
  if (row.version !== null && row.version < 3) {
    return `${name} speaks version ${row.version}, which cannot tell`;
  }
  if (lag !== "") return `${name} ${lag}`;
  return row.inSync === null ? `${name} has not said what it has` : `${name} differs`;
}

/** `lacks 12 ops and has 3 that are not here`; empty when nothing is known to lack. */
export function lagText(lag: PeerStatus["lag"]): string {
  if (lag === null) return "";
  const least = lag.isExact ? "" : "at least ";
  const there = lag.missingThere > 0 ? [`lacks ${least}${opsText(lag.missingThere)}`] : [];
  const here =
    lag.missingHere > 0 ? [`has ${least}${opsText(lag.missingHere)} that are not here`] : [];
  return [...there, ...here].join(" and ");
}

function opsText(count: number): string {
  return `${count} ${count === 1 ? "op" : "ops"}`;
}

function nameOf({ node, url, direction }: PeerStatus): string {
  const host = direction === "out" && url !== null ? URL.parse(url)?.host : undefined;
  return host ?? node?.slice(0, 8) ?? "a peer";
}
