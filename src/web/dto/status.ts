/** The status of a node and its peers as the contract has them. */
import type { NodeStatus, PeerStatus } from "../../api/types.ts";
import type { PeerDto, StatusDto } from "../../client/contract.ts";
import type { OpErrorCode } from "../../op/op-error.ts";
import { opErrors } from "../../op/op-error.ts";

export function peerDto(peer: PeerStatus): PeerDto {
  return {
    node: peer.node,
    name: peer.name,
    url: peer.url,
    direction: peer.direction,
    state: peer.state,
    version: peer.version,
    trusted: peer.trusted,
    inSync: peer.inSync,
    lag: peer.lag,
    lastStatementMs: peer.lastStatementMs,
    behindMs: peer.behindMs,
    progress: peer.progress,
    sending: peer.sending,
    queued: peer.queued,
    queuedBytes: peer.queuedBytes,
    receivedBytes: peer.receivedBytes,
    sentBytes: peer.sentBytes,
    failures: peer.failures,
    lastError: peer.lastError,
    retryInMs: peer.retryInMs,
  };
}

export function statusDto(status: NodeStatus): StatusDto {
  return {
    node: status.node,
    mesh: status.mesh,
    name: status.name,
    version: status.version,
    upMs: status.upMs,
    ops: status.ops,
    items: status.items,
    dbBytes: status.dbBytes,
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
    present: status.present,
    claims: status.claims,
    attention: status.attention,
    problem: status.problem,
  };
}

/** Which rule an op broke. */
function ruleText(code: string): string {
  return Object.hasOwn(opErrors, code) ? opErrors[code as OpErrorCode] : code;
}
