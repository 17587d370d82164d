/** What people read of how far a peer is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeId, PeerStatus } from "../../api/types.ts";
import { peerRow } from "../../api/testing/status.ts";
import { summaryOf } from "../../api/sync-summary.ts";
import { flowLines, syncText } from "./peer-sync.ts";

function row(given: Partial<PeerStatus>): PeerStatus {
  const said = { node: "ab".repeat(32) as NodeId, inSync: false, lastStatementMs: 60_000 };
  return peerRow({ ...said, ...given });
}

function lag(missingThere: number, missingHere: number, isExact = true): PeerStatus["lag"] {
  return { missingThere, missingHere, isExact };
}

test("a peer is in sync, behind or ahead by so much, or nothing is said", () => {
  assert.equal(syncText(row({ inSync: true, lag: lag(0, 0) })), "in sync");
  assert.equal(syncText(row({ lag: lag(12, 0) })), "behind by 12");
  assert.equal(syncText(row({ lag: lag(1, 3) })), "behind by 1, ahead by 3");
  assert.equal(syncText(row({ lag: lag(1, 0, false) })), "behind by at least 1");
  assert.equal(syncText(row({ lag: lag(0, 0, false) })), "differs");
  assert.equal(syncText(row({ inSync: null, version: 2 })), "cannot tell");
  assert.equal(syncText(row({ inSync: null })), "");
  const away = { inSync: null, state: "offline", version: null } as const;
  assert.equal(syncText(row({ ...away, lag: lag(2, 0) })), "behind by 2, 1 min ago");
  assert.equal(syncText(row({ ...away, lag: lag(0, 0) })), "was in sync, 1 min ago");
});

test("what is under way is a percentage in the table and a bar in the status", () => {
  const coming = row({ progress: { received: 45, total: 100 } });
  assert.equal(syncText(coming), "receiving 45%");
  assert.match(flowLines(coming)[0] ?? "", /^receiving from abababab █+░+ +45% 45 of 100$/u);
  const going = row({ sending: { sent: 1, total: 3 } });
  assert.equal(syncText(going), "sending 33%");
  assert.match(flowLines(going)[0] ?? "", /^sending to abababab .* 33% 1 of 3$/u);
  assert.deepEqual(flowLines(row({})), []);
});

test("the summary names who lacks what, and counts each node once", () => {
  const node = (digit: string): NodeId => digit.repeat(64) as NodeId;
  const hub = { node: node("a"), url: "ws://hub:4747/crdt-sync", direction: "out" } as const;
  const rows = [
    row({ ...hub, lag: lag(12, 0) }),
    row({ ...hub, url: "10.0.0.1:1", direction: "in", lag: lag(12, 0) }),
    row({ node: node("b"), inSync: true, lag: lag(0, 0) }),
    row({ node: node("c"), inSync: null, version: 2 }),
    row({ node: node("d"), inSync: null, state: "offline", version: null }),
  ];
  const says = "hub:4747 lacks 12 ops; cccccccc speaks version 2, which cannot tell";
  assert.deepEqual(summaryOf(rows), {
    ...{ peers: 3, inSync: 1, behind: 1, unknown: 1 },
    text: `in sync with 1 of 3 peers; ${says}`,
  });
  const many = Array.from({ length: 9 }, (_, at) =>
    row({ node: node(String(at)), lag: lag(1, 2) }),
  );
  assert.match(summaryOf(many).text, /has 2 ops that are not here; 4 more$/u);
});
