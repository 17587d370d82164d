/** A pipeline in memory for tests of importers: it applies their steps to a real document. */
import { present } from "../../base/assert.ts";
import { utf8 } from "../../base/bytes.ts";
import { bodyBytesMax, jsonDepthMax } from "../../base/limits.ts";
import { isDeeper, isWellFormed } from "../../base/json.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import { readChange } from "../../op/change.ts";
import type { NodeId, OpId } from "../../op/op.ts";
import { noOp } from "../../op/op.ts";
import { stateText } from "../../pipeline/digest.ts";
import { Document } from "../../pipeline/document.ts";
import { checkChange } from "../../pipeline/schema.ts";
import type { CurrentState, ImportStep, RawChange, WriteStep } from "../plan.ts";
import type { ImportReport } from "../report.ts";
import { ImportTally } from "../report.ts";

const author = "a".repeat(64) as NodeId;

export class TestPipeline {
  readonly document = new Document();
  #ops = 0;

  /** Writes one op, with every check that a real one would meet. */
  write(changes: readonly RawChange[], actor = "tester"): void {
    const body = JSON.stringify(changes);
    check(utf8(body).length <= bodyBytesMax, `a body of ${body.length} characters`);
    check(!isDeeper(body, jsonDepthMax), "a body that is too deep");
    check(isWellFormed(changes), "half of a surrogate pair");
    check(JSON.stringify(JSON.parse(body)) === body, `no round trip: ${body}`);
    check(utf8(actor).length <= 128, `the actor ${actor}`);
    const parsed = JSON.parse(body) as readonly Json[];
    const read = parsed.map((raw) => present(readChange(raw), `malformed: ${body}`));
    for (const change of read) {
      const fault = checkChange(change);
      check(fault === null, fault ?? "");
    }
    this.#ops += 1;
    const id = this.#ops.toString(16).padStart(64, "0") as OpId;
    const head = { id, author, seq: this.#ops, prev: noOp, lamport: this.#ops, time: 0 };
    const op = { ...head, deps: [], actor, changes: read, bytes: new Uint8Array() };
    this.document.apply(op, this.#ops);
  }

  /**
   * Carries out a plan, with `chunk` writes at a time as a real caller does; stops after `opsMax`
   * ops, as if the machine had died.
   */
  run(
    plan: (state: CurrentState) => Iterable<ImportStep>,
    { chunk = 1, opsMax = Infinity }: { readonly chunk?: number; readonly opsMax?: number } = {},
  ): ImportReport & { readonly steps: readonly ImportStep[]; readonly barriers: number } {
    const tally = new ImportTally("items");
    const steps: ImportStep[] = [];
    let waiting: WriteStep[] = [];
    let left = opsMax;
    const flush = (): void => {
      for (const step of waiting) this.write(step.changes, step.actor ?? "importer");
      waiting = [];
    };
    for (const step of plan(this.document)) {
      if (step.kind === "barrier") flush();
      if (step.kind === "write") {
        if (left === 0) break;
        left -= 1;
        waiting.push(step);
        if (waiting.length >= chunk) flush();
      }
      steps.push(step);
      tally.add(step);
    }
    flush();
    const barriers = steps.filter(({ kind }) => kind === "barrier").length;
    return { ...tally.report(), steps, barriers };
  }

  fields(item: string): JsonObject | null {
    const view = this.document.item(item);
    return view === null ? null : { ...view.fields };
  }

  text(): string {
    return stateText(this.document);
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`an importer planned an op that cannot be: ${what}`);
}
