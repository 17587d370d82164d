/** The log, the document and the claims, rebuilt from what the disk holds. */
import { assert } from "../base/assert.ts";
import type { Claims } from "../claims/claims.ts";
import type { Log } from "../log/log.ts";
import type { Spans } from "../log/spans.ts";
import type { ReceivedOp, Signature } from "../op/op.ts";
import type { Document } from "../pipeline/document.ts";
import type { Intake } from "./intake.ts";
import { openPage } from "./intake.ts";
import type { Stored } from "./options.ts";

interface Target {
  readonly intake: Intake;
  readonly log: Log;
  readonly document: Document;
  readonly claims: Claims;
  readonly spans: Spans;
}

/** Throws `Error` when the stored ops break a rule: the store's own check lets no such row by. */
export function restore(stored: Stored["ops"], target: Target): void {
  const { intake, log, document, spans } = target;
  for (const kept of stored) {
    if (!("frame" in kept)) {
      const { bytes, ...proof } = kept;
      const op = intake.codec.decodeTrusted(bytes);
      assert(op.ok, "a stored op decodes");
      restoreOp({ op: op.value, ...proof }, target);
      continue;
    }
    const ops = openPage(intake, kept.frame);
    assert(kept.first === log.length && ops?.length === kept.count, "a stored page decodes");
    for (const received of ops) restoreOp(received, target);
    spans.add(kept);
  }
  document.drainTouched();
}

function restoreOp(
  received: ReceivedOp & { readonly claim?: Signature },
  { intake, document, claims }: Target,
): void {
  const entry = intake.admission.restore(received);
  assert(entry !== null, "a stored op keeps the rules and follows its ancestors");
  document.apply(received.op, entry.index);
  claims.apply(received.op);
}
