/** What must be refused, rule by rule. */
import type { Draft, Sent, Vector } from "./draft.ts";
import { make, sent } from "./draft.ts";
import { bodyCases } from "./invalid-bodies.ts";
import { changeCases } from "./invalid-changes.ts";
import { jsonCases } from "./invalid-json.ts";
import { layoutCases } from "./invalid-layout.ts";
import { logCases } from "./invalid-log.ts";

export function invalidVectors(): readonly Vector[] {
  const cases = [...layoutCases(), ...bodyCases(), ...changeCases(), ...jsonCases(), ...logCases()];
  const seen = new Map<string, number>();
  return cases.map(([rule, code, name, frame, ancestors = []]) => ({
    name: unique(`${rule} ${name}`, seen).slice(rule.length + 1),
    rule,
    code,
    ancestors,
    frame: isFrame(frame) ? frame : [sent(make(frame))],
  }));
}

function isFrame(frame: Draft | readonly Sent[]): frame is readonly Sent[] {
  return Array.isArray(frame);
}

/** The same name again gets a number. */
function unique(name: string, seen: Map<string, number>): string {
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  return count === 1 ? name : `${name} (${String(count)})`;
}
