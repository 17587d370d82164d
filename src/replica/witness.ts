/** What a peer says that it has on disk, and whether this node knows all of that. [CLM-11] */
import type { Log } from "../log/log.ts";
import type { OpId } from "../op/op.ts";
import type { Session } from "../sync/session.ts";

/**
 * True when the peer said that `op` is on its disk, and all else that it said to have there is
 * here, too: at that moment it knew nothing that this node does not know. Never true by mistake;
 * versions 1 and 2 say nothing of the kind.
 */
export function isWitness(session: Session, log: Log, op: OpId): boolean {
  const frontier = session.isSyncing ? session.peerFrontier : null;
  const entry = log.find(op);
  if (frontier?.isSettled !== true || entry === undefined || !frontier.has(entry)) return false;
  for (const heads of frontier.heads.values()) {
    if (!heads.every(({ id }) => log.find(id) !== undefined)) return false;
  }
  return true;
}
