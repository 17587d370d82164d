/** A hub and two nodes that dial it, for tests of how work is handed out. */
import assert from "node:assert/strict";
import { member } from "../../base/json.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { TowlineError } from "../../base/errors.ts";
import type { WorkSettings } from "../../claims/settings.ts";
import type { ClaimState } from "../board.ts";
import type { WorkChange } from "../host.ts";
import { FakeHost, FakeTime, how } from "./fake-host.ts";

export const item: WorkChange = ["new", "a", { stage: "coding", title: "A" }];
export const end = { claim: null, actor: "ann", reason: "" } as const;

/** A hub and two nodes that dial it, all with the same item. */
export async function mesh(
  settings: Partial<WorkSettings> = {},
  changes: readonly WorkChange[] = [item],
): Promise<{ time: FakeTime; hub: FakeHost; ann: FakeHost; bob: FakeHost }> {
  const time = new FakeTime();
  const [hub, ann, bob] = [1, 2, 3].map((number) => new FakeHost(number, time, settings)) as [
    FakeHost,
    FakeHost,
    FakeHost,
  ];
  for (const node of [ann, bob]) node.hub = hub;
  await hub.write(changes, "");
  for (const node of [ann, bob]) node.sync();
  for (const node of [hub, ann, bob]) assert.equal(node.work.board.state("a"), "free");
  return { time, hub, ann, bob };
}

export async function refuses(code: ErrorCode, work: Promise<unknown>, says = /./u): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof TowlineError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, says);
    return true;
  });
}

export const stateAt = (node: FakeHost): ClaimState => node.work.board.state("a");
export const stageAt = (node: FakeHost): unknown =>
  member(node.work.desk.view("a").fields, "stage");

/** Claims without asking anybody. */
export const none = how({ confirm: { kind: "none" } });
/** To the next stage. */
export const forward = { to: null, force: null } as const;
