/** What a person is told to look at: nothing when all is well, and the gravest first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diskLowBytes } from "../base/limits.ts";
import { attentionOf } from "./attention.ts";
import type { Looked } from "./attention.ts";
import { peerRow, wellStatus } from "./testing/status.ts";
import type { NodeId, OpId } from "./types.ts";

const other = "cd".repeat(32) as NodeId;
const fork = (author: NodeId, isOwn: boolean, isNew = true): Looked["forks"][number] => ({
  ...{ author, isOwn, isNew, seq: 3 },
  ops: ["01".repeat(32) as OpId, "02".repeat(32) as OpId],
});

function told(given: Partial<Looked>): readonly string[] {
  return attentionOf(wellStatus(given)).map(({ code, text }) => `${code}: ${text}`);
}

test("nothing is told while all is well, also when things have just happened", () => {
  assert.deepEqual(told({}), []);
  assert.deepEqual(
    told({
      ...{ pending: 2, pendingOldestMs: 5_000, claims: { confirmed: 3, tentative: 1 } },
      forks: [fork(other, false, false), fork(other, true, false)],
      peers: [
        peerRow({ inSync: false, behindMs: 2_000, lag: lagOf(5, 0) }),
        peerRow({ inSync: false, behindMs: 90_000, sending: { sent: 5, total: 9_000 } }),
        peerRow({ state: "offline", direction: null, lag: lagOf(5, 0) }),
      ],
    }),
    [],
  );
});

function lagOf(
  missingThere: number,
  missingHere: number,
): NonNullable<ReturnType<typeof peerRow>["lag"]> {
  return { missingThere, missingHere, isExact: true };
}

test("each trouble is told by its code and in words", () => {
  const url = "wss://hub.example/crdt-sync";
  const refusal = { id: null, author: null, code: "op/signature-invalid", from: null, at: 0 };
  const cases: readonly [Partial<Looked>, string][] = [
    [
      { problem: { code: "store/full", message: "The disk is full." } },
      "store/full: nothing can be written: The disk is full.",
    ],
    [
      { diskFreeBytes: diskLowBytes - 1 },
      "disk-low: the disk has 255 MiB left: make room before it is full",
    ],
    [
      { hasTwin: true },
      "twin: another process runs with the key of this node: stop it, and give it a new folder",
    ],
    [
      { forks: [fork(other, true)] },
      "own-fork: this node forked its own chain once: its folder was copied, or restored while the other one wrote",
    ],
    [{ recovered: 2 }, "recovered: peers gave back 2 own ops: this disk had lost them"],
    [{ forks: [fork(other, false)] }, "fork: cdcdcdcd wrote two histories at once; both are kept"],
    [
      { divergences: 2 },
      "diverged: 2 times a peer and this node did not come together by themselves",
    ],
    [
      { rejected: 1, rejections: [refusal] },
      "rejected: 1 op was refused, the last with op/signature-invalid",
    ],
    [{ pending: 2, pendingOldestMs: 150_000 }, "pending: 2 ops wait for an earlier one, for 3 min"],
    [
      {
        peers: [
          peerRow({
            ...{ url, direction: "out", state: "waiting", failures: 3 },
            lastError: "It refused.",
          }),
        ],
      },
      `rendezvous: ${url} cannot be reached (3 times in a row): It refused.`,
    ],
    [
      { peers: [peerRow({ name: "hub", inSync: false, behindMs: 45_000, lag: lagOf(12, 1) })] },
      "behind: hub lacks 12 ops and has 1 op that is not here, for 45 s",
    ],
    [
      { claims: { expired: 2 } },
      "claim-expired: 2 claims have expired: their holders are silent, anybody may take over",
    ],
    [{ stuckClaims: 1 }, "claim-stuck: 1 claim of this node is not confirmed by the hub"],
  ];
  for (const [given, text] of cases) assert.deepEqual(told(given), [text]);
  const all = Object.assign({}, ...cases.map(([given]) => given)) as Partial<Looked>;
  const codes = attentionOf(wellStatus(all)).map(({ code }) => code);
  assert.equal(codes[0], "store/full");
  assert.equal(codes.at(-1), "claim-stuck");
});

test("of many peers a few are named", () => {
  const peers = Array.from({ length: 200 }, () =>
    peerRow({ name: "far", inSync: false, behindMs: 60_000 }),
  );
  const lines = told({ peers });
  assert.equal(lines.length, 6);
  assert.equal(lines[0], "behind: far differs, for 60 s");
  assert.equal(lines.at(-1), "behind: 195 more peers are behind");
});
