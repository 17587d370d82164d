/**
 * Writes changes that were checked first: what is without effect is refused, and the field named.
 */
import type { ChangeTuple, OpId, TowlineNode } from "../api/types.ts";
import { TowlineError } from "../base/errors.ts";
import { readClaimChange } from "../claims/change.ts";
import { isStage, readChange, stages } from "../op/change.ts";
import { checkChange } from "../pipeline/schema.ts";

/** One op with these changes. Throws `write/invalid`, `write/too-large`, `store/…`. */
export async function writeOp(
  node: TowlineNode,
  changes: readonly ChangeTuple[],
  actor: string,
): Promise<OpId | null> {
  for (const change of changes) refuseWrong(change);
  if (changes.length === 0) return null;
  const [id] = await node.write([changes], { actor });
  return id ?? null;
}

function refuseWrong(raw: ChangeTuple): void {
  refuseWrongStage(raw);
  const change = readChange(raw);
  if (change !== null && readClaimChange(change) !== null) return;
  const fault = change === null ? malformed(raw) : checkChange(change);
  if (fault !== null) throw new TowlineError("write/invalid", fault);
}

/** A wrong stage makes a change malformed, and deserves a message of its own. */
function refuseWrongStage(raw: ChangeTuple): void {
  const [kind, , third, fourth] = raw;
  const stage = kind === "set" && third === "stage" ? fourth : null;
  if (stage === null || stage === undefined || isStage(stage)) return;
  const message = `${JSON.stringify(stage)} is no stage: use one of ${stages.join(", ")}.`;
  throw new TowlineError("write/invalid", message);
}

function malformed(raw: ChangeTuple): string {
  const [kind, item] = raw;
  return `The change ${JSON.stringify([kind, item]).slice(0, 200)} is malformed: check id and value.`;
}
