/** What a person should look at, told from a status: gravest first, nothing when all is well. */
import { diskLowBytes } from "../base/limits.ts";
import type { Attention, NodeStatus, PeerStatus } from "./types.ts";

/** What is told from. What is counted there is counted since the node was opened. */
export type Looked = Omit<NodeStatus, "attention">;

/** A peer may lack ops for so long before anybody is told: news travels in less. */
const behindMsMax = 30_000;
/** Ancestors of what waits come with the next exchange, within seconds. */
const pendingMsMax = 60_000;
/** Peers that are named one by one. */
const namedMax = 5;

export function attentionOf(status: Looked): readonly Attention[] {
  return [
    ...ofDisk(status),
    ...ofIdentity(status),
    ...ofHistory(status),
    ...ofPeers(status.peers),
    ...ofClaims(status),
  ];
}

function ofDisk({ problem, diskFreeBytes }: Looked): readonly Attention[] {
  if (problem !== null) {
    return [{ code: problem.code, text: `nothing can be written: ${problem.message}` }];
  }
  if (diskFreeBytes === null || diskFreeBytes >= diskLowBytes) return [];
  const free = Math.floor(diskFreeBytes / 1_048_576);
  return [{ code: "disk-low", text: `the disk has ${free} MiB left: make room before it is full` }];
}

function ofIdentity({ hasTwin, forks, recovered }: Looked): readonly Attention[] {
  const found: Attention[] = [];
  if (hasTwin) {
    const text =
      "another process runs with the key of this node: stop it, and give it a new folder";
    found.push({ code: "twin", text });
  }
  const own = forks.filter(({ isOwn, isNew }) => isOwn && isNew).length;
  if (own > 0) {
    const text = `this node forked its own chain ${times(own)}: its folder was copied, or restored`;
    found.push({ code: "own-fork", text: `${text} while the other one wrote` });
  }
  if (recovered > 0) {
    const text = `peers gave back ${count(recovered, "own op")}: this disk had lost them`;
    found.push({ code: "recovered", text });
  }
  return found;
}

function ofHistory(status: Looked): readonly Attention[] {
  const { forks, divergences, rejected, pending, pendingOldestMs } = status;
  const found: Attention[] = [];
  const others = new Set(
    forks.filter(({ isOwn, isNew }) => !isOwn && isNew).map(({ author }) => author),
  );
  if (others.size > 0) {
    const [first = ""] = others;
    const more = others.size > 1 ? ` and ${others.size - 1} more` : "";
    const text = `${first.slice(0, 8)}${more} wrote two histories at once; both are kept`;
    found.push({ code: "fork", text });
  }
  if (divergences > 0) {
    const text = `${times(divergences)} a peer and this node did not come together by themselves`;
    found.push({ code: "diverged", text });
  }
  if (rejected > 0) {
    const text = `${count(rejected, "op")} ${rejected === 1 ? "was" : "were"} refused`;
    found.push({ code: "rejected", text: `${text}, the last with ${lastCode(status)}` });
  }
  if (pendingOldestMs !== null && pendingOldestMs >= pendingMsMax) {
    const waits = `${count(pending, "op")} ${pending === 1 ? "waits" : "wait"} for an earlier one`;
    found.push({ code: "pending", text: `${waits}, for ${seconds(pendingOldestMs)}` });
  }
  return found;
}

function lastCode({ rejections }: Looked): string {
  return rejections.at(-1)?.code ?? "a code that is not known any more";
}

function ofPeers(peers: readonly PeerStatus[]): readonly Attention[] {
  const failing = peers.filter(
    ({ direction, failures, state }) => direction === "out" && failures > 0 && state !== "live",
  );
  const behind = peers.filter(({ behindMs, progress, sending }) => {
    return (behindMs ?? 0) >= behindMsMax && progress === null && sending === null;
  });
  return [
    ...failing.slice(0, namedMax).map(failingText),
    ...rest(failing, "rendezvous", "rendezvous cannot be reached"),
    ...behind.slice(0, namedMax).map(behindText),
    ...rest(behind, "behind", "peers are behind"),
  ];
}

function rest(peers: readonly PeerStatus[], code: string, what: string): readonly Attention[] {
  const more = peers.length - namedMax;
  return more > 0 ? [{ code, text: `${more} more ${what}` }] : [];
}

function failingText(row: PeerStatus): Attention {
  const tries = row.failures === 1 ? "" : ` (${row.failures} times in a row)`;
  const text = `${nameOf(row)} cannot be reached${tries}: ${row.lastError ?? "no reason is known"}`;
  return { code: "rendezvous", text };
}

function behindText(row: PeerStatus): Attention {
  const there = row.lag?.missingThere ?? 0;
  const here = row.lag?.missingHere ?? 0;
  const what = [
    ...(there > 0 ? [`lacks ${count(there, "op")}`] : []),
    ...(here > 0 ? [`has ${count(here, "op")} that ${here === 1 ? "is" : "are"} not here`] : []),
  ];
  const text = `${nameOf(row)} ${what.length === 0 ? "differs" : what.join(" and ")}`;
  return { code: "behind", text: `${text}, for ${seconds(row.behindMs ?? 0)}` };
}

function ofClaims({ claims, stuckClaims }: Looked): readonly Attention[] {
  const found: Attention[] = [];
  const { expired = 0 } = claims;
  if (expired > 0) {
    const [have, they] = expired === 1 ? ["has", "its holder is"] : ["have", "their holders are"];
    const text = `${count(expired, "claim")} ${have} expired: ${they} silent, anybody may take over`;
    found.push({ code: "claim-expired", text });
  }
  if (stuckClaims > 0) {
    const text = `${count(stuckClaims, "claim")} of this node`;
    const what = `${text} ${stuckClaims === 1 ? "is" : "are"} not confirmed by the hub`;
    found.push({ code: "claim-stuck", text: what });
  }
  return found;
}

function nameOf({ node, url, name }: PeerStatus): string {
  return name ?? url ?? (node === null ? "a peer" : node.slice(0, 8));
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}

function times(many: number): string {
  return many === 1 ? "once" : `${many} times`;
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}
