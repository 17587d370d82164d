/** The status of a node and its peers as the contract has them. */
import type { NodeStatus, PeerStatus, TowlineNode } from "../../api/types.ts";
import type { OpErrorCode } from "../../op/op-error.ts";
import { opErrors } from "../../op/op-error.ts";
import type { ClaimState, PeerDto, StatusDto } from "../../client/contract.ts";

export function peerDto(peer: PeerStatus): PeerDto {
  const { failures, lastError, retryInMs, queued, queuedBytes, ...rest } = peer;
  return {
    ...rest,
    name: null,
    queued,
    queuedBytes,
    receivedBytes: null,
    sentBytes: null,
    failures,
    lastError,
    retryInMs,
  };
}

export function statusDto(node: TowlineNode, status: NodeStatus): StatusDto {
  return {
    node: status.node,
    mesh: status.mesh,
    name: status.name,
    version: "",
    upMs: Math.round(process.uptime() * 1_000),
    ops: status.ops,
    items: status.items,
    dbBytes: null,
    pending: {
      ops: status.pending,
      bytes: status.pendingBytes,
      oldestMs: status.pendingOldestMs,
    },
    rejected: status.rejected,
    rejections: status.rejections.map((one) => ({ ...one, text: ruleText(one.code) })),
    forks: status.forks,
    sync: status.sync,
    peers: status.peers.map(peerDto),
    present: [],
    claims: claimCounts(node),
    attention: [],
    problem: status.problem,
  };
}

/** Which rule an op broke. */
function ruleText(code: string): string {
  return Object.hasOwn(opErrors, code) ? opErrors[code as OpErrorCode] : code;
}

function claimCounts(node: TowlineNode): StatusDto["claims"] {
  const counts: { [state in ClaimState]?: number } = {};
  for (const { state } of node.work.board.rows()) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
