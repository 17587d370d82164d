/** Whom people mean when they wait, and when enough of those have done it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeId, PeerStatus } from "../api/types.ts";
import { peerRow } from "../api/testing/status.ts";
import { candidatesFor, parseTarget } from "./wait-target.ts";

const key = (digit: string): NodeId => digit.repeat(64) as NodeId;

const [one, two] = ["ws://one:1/crdt-sync", "ws://two:1/crdt-sync"];
const hub = peerRow({ node: key("a"), url: one, direction: "out" });
const unreached = peerRow({ url: two, direction: "out", state: "waiting", version: null });
const friend = peerRow({ node: key("b"), url: "10.0.0.2:5" });
const away = peerRow({ node: key("c"), direction: null, state: "offline", version: null });
const rows = [hub, unreached, friend, away];

function areMet(target: string, having: readonly PeerStatus[], now = rows): boolean {
  const nodes = new Set(having.map(({ node }) => node));
  const candidates = candidatesFor(parseTarget(target), rows);
  return candidates.areMet(now, ({ node }) => nodes.has(node));
}

test("hub is one of those that are dialled, a quorum counts this node, all are all that are here", () => {
  assert.deepEqual([areMet("hub", [hub]), areMet("hub", [friend, away])], [true, false]);
  const quorum = [areMet("quorum:1", []), areMet("quorum:2", []), areMet("quorum:2", [friend])];
  assert.deepEqual(quorum, [true, false, true]);
  assert.deepEqual([areMet("all", [hub, friend]), areMet("quorum:4", rows)], [false, true]);
  assert.deepEqual([areMet("bbbb", [friend]), areMet("bbbb", [hub])], [true, false]);
  assert.deepEqual([areMet(one, [hub]), areMet(one, [friend])], [true, false]);
});

test("one who is dialled twice counts once; one who has vanished is still missing", () => {
  const twice = peerRow({ node: key("a"), url: "10.0.0.1:9" });
  const both = [hub, twice];
  const nodes = new Set([key("a")]);
  const has = ({ node }: PeerStatus): boolean => node !== null && nodes.has(node);
  assert(!candidatesFor(parseTarget("quorum:3"), both).areMet(both, has));
  const all = candidatesFor(parseTarget("all"), [hub, friend]);
  assert(!all.areMet([hub], has));
  assert.deepEqual(all.split([hub], has).missing, [friend]);
});

test("a rendezvous that answers for the first time is known by its URL", () => {
  const candidates = candidatesFor(parseTarget(two), rows);
  const answered = peerRow({ node: key("d"), url: two, direction: "out" });
  const has = ({ node }: PeerStatus): boolean => node === key("d");
  assert.deepEqual(
    [candidates.areMet(rows, has), candidates.areMet([answered], has)],
    [false, true],
  );
});

test("nobody who fits, and nobody who can tell, is no one to wait for", () => {
  const old = peerRow({ node: key("e"), url: one, direction: "out", version: 2 });
  const refused = (target: string, given: readonly PeerStatus[], code: string): void => {
    assert.throws(() => candidatesFor(parseTarget(target), given), { code }, target);
  };
  refused("hub", [friend], "wait/no-peer");
  refused("hub", [old], "wait/no-peer");
  refused("all", [away], "wait/no-peer");
  refused("all", [friend, old], "wait/no-peer");
  refused("eeee", [old], "wait/no-peer");
  refused("dddd", rows, "wait/no-peer");
  assert.match(
    messageOf(() => candidatesFor(parseTarget("eeee"), [old])),
    /version 2/u,
  );
  const alike = peerRow({ node: `${"b".repeat(63)}c` as NodeId });
  refused("bbbb", [friend, alike], "usage/invalid");
  for (const text of ["", "hubs", "quorum:0", "quorum:", "abc", "ABCD"]) {
    assert.throws(() => parseTarget(text), { code: "usage/invalid" }, text);
  }
  assert.throws(() => parseTarget("ftp://x"), { code: "dial/url-invalid" });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return "";
}
