/** Which buttons the panel of an item has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClaimDto, ClaimState, JsonValue } from "../../src/client/contract.ts";
import { actionsFor, fieldsOf } from "./actions.ts";

function claim(state: ClaimState, holder: string): ClaimDto {
  const times = { since: 1, lastSignMs: 1, leaseLeftMs: 1 };
  return { item: "a", state, claim: "op", epoch: 1, holder, actor: "kim", ...times };
}

function ids(held: ClaimDto | null, fields: Record<string, JsonValue> = {}): readonly string[] {
  return actionsFor({ claim: held, fields }, "me").map(({ id }) => id);
}

test("a free item can be claimed, an own one ended, one of others stolen", () => {
  const rest = ["block", "freeze", "remove"];
  assert.deepEqual(ids(null), ["claim", ...rest]);
  assert.deepEqual(ids(claim("done", "me")), ["claim", ...rest]);
  assert.deepEqual(ids(claim("confirmed", "me")), ["done", "fail", "release", ...rest]);
  assert.deepEqual(ids(claim("tentative", "other")), ["steal", ...rest]);
  assert.deepEqual(ids(claim("expired", "other")), ["claim", ...rest]);
  assert.deepEqual(ids(claim("expired", "me")), ["done", "fail", "release", ...rest]);
});

test("an item that failed can be tried again, a blocked or frozen one set free", () => {
  const fields = { retries: 2, blocked: "waits for legal", frozen: true };
  assert.deepEqual(ids(null, fields), ["claim", "retry", "unblock", "unfreeze", "remove"]);
  assert.deepEqual(ids(null, { blocked: false }), ["claim", "block", "freeze", "remove"]);
});

test("blocking keeps the reason, unblocking takes both away", () => {
  assert.deepEqual(fieldsOf("block", "no key"), { blocked: true, reason: "no key" });
  assert.deepEqual(fieldsOf("block", ""), { blocked: true });
  assert.deepEqual(fieldsOf("unblock", ""), { blocked: null, reason: null });
});
