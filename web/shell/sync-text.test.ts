/** The line of freshness says the gravest thing first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatusDto } from "../../src/client/contract.ts";
import { status } from "../../src/client/testing/fake-node.ts";
import { syncWords } from "./sync-text.ts";

function words(sync: Partial<StatusDto["sync"]>, change: Partial<StatusDto> = {}): string {
  const all = { peers: 0, inSync: 0, behind: 0, unknown: 0, text: "", ...sync };
  return syncWords({ phase: "live", sending: 0, status: status({ sync: all, ...change }) }).words;
}

test("the line says how many peers are behind, or that none is", () => {
  assert.equal(words({}), "Live, no peers");
  assert.equal(words({ peers: 1, inSync: 1 }), "In sync with 1 peer");
  assert.equal(words({ peers: 3, inSync: 1, behind: 1, unknown: 1 }), "1 of 3 peers behind");
  assert.equal(words({ peers: 3, inSync: 2, unknown: 1 }), "1 of 3 peers not heard of");
  assert.equal(words({}, { problem: { code: "store/full", message: "Disk full." } }), "Disk full.");
});

test("a view that is not live says so, whatever the node said last", () => {
  for (const phase of ["reconnecting", "stopped"] as const) {
    assert.equal(syncWords({ phase, sending: 0, status: status() }).words, "Reconnecting");
  }
  const signedOut = syncWords({ phase: "signed-out", sending: 0, status: status() });
  assert.equal(signedOut.words, "Signed out");
  assert.equal(syncWords({ phase: "loading", sending: 0, status: null }).words, "Loading");
  assert.equal(syncWords({ phase: "live", sending: 2, status: status() }).words, "Sending");
});
