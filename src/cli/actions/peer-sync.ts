/** How far a peer and this node are from having the same, in a cell of a table or as a bar. */
import type { PeerStatus } from "../../api/types.ts";
import { barText } from "../ui/progress-bar.ts";
import { shortDuration } from "../ui/time.ts";
import { shortId } from "./print.ts";

/** `in sync`, `behind by 12`, `ahead by 3`; empty when nothing is known. */
export function syncText(row: PeerStatus): string {
  const { inSync, lag, state, version, progress, sending } = row;
  if (progress !== null) return `receiving ${percent(progress.received, progress.total)}`;
  if (inSync === true) return "in sync";
  if (sending !== null) return `sending ${percent(sending.sent, sending.total)}`;
  if (version !== null && version < 3) return "cannot tell";
  if (lag === null) return "";
  const least = lag.isExact ? "" : "at least ";
  const parts = [
    ...(lag.missingThere > 0 ? [`behind by ${least}${lag.missingThere}`] : []),
    ...(lag.missingHere > 0 ? [`ahead by ${least}${lag.missingHere}`] : []),
  ];
  const isHere = state === "live" || state === "syncing";
  if (parts.length === 0) return isHere ? "differs" : `was in sync${since(row)}`;
  return `${parts.join(", ")}${isHere ? "" : since(row)}`;
}

/** A peer that is away may have more by now. */
function since({ lastStatementMs }: PeerStatus): string {
  return lastStatementMs === null ? "" : `, ${shortDuration(lastStatementMs)} ago`;
}

function percent(done: number, all: number): string {
  return `${all === 0 ? 100 : Math.min(100, Math.floor((done / all) * 100))}%`;
}

/** A line for each delta that is under way. */
export function flowLines({ node, progress, sending }: PeerStatus): readonly string[] {
  const name = node === null ? "?" : shortId(node);
  return [
    ...(progress === null
      ? []
      : [`receiving from ${name} ${barText(progress.received, progress.total)}`]),
    ...(sending === null ? [] : [`sending to ${name} ${barText(sending.sent, sending.total)}`]),
  ];
}
