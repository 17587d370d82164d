/** What an operator reads in the log when nodes do not come together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeId } from "../op/op.ts";
import type { ConnId, Notice } from "../replica/events.ts";
import { logNotices } from "./notice-log.ts";
import type { Runtime } from "./runtime.ts";

test("a divergence is a warning that names the peer and what to do, not more than is read", () => {
  const warnings: { readonly fields: object; readonly message: string }[] = [];
  const nothing = (): void => undefined;
  const logger = {
    ...{ debug: nothing, info: nothing, error: nothing },
    warn: (fields: object, message: string) => void warnings.push({ fields, message }),
  };
  let now = 0;
  let tell: (notice: Notice) => void = nothing;
  const runtime = {
    replica: { node: "00".repeat(32) },
    observe: (observer: typeof tell) => (tell = observer),
  } as unknown as Runtime;
  logNotices(runtime, logger, () => now);
  const [conn, other] = [1 as ConnId, 2 as ConnId];
  const peer = "ab".repeat(32) as NodeId;
  tell({ kind: "authenticated", conn, peer });
  for (let times = 0; times < 100; times += 1) tell({ kind: "diverged", conn });
  assert.equal(warnings.length, 1);
  assert.deepEqual(warnings[0]?.fields, { peer });
  assert.match(warnings[0].message, /towline digest.*towline verify/u);
  tell({ kind: "diverged", conn: other });
  assert.equal(warnings.length, 2, "another peer is other news");
  now = 10_000;
  tell({ kind: "diverged", conn });
  tell({ kind: "gone", conn });
  tell({ kind: "diverged", conn });
  assert.equal(warnings.length, 4, "it goes on, and again after the peer came back");
});
