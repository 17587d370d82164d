/** The digests of a node while its log grows, and after another has taken its place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestNode } from "../replica/testing/test-node.ts";
import { Digests } from "./digests.ts";

test("[DIG-2] digests follow a log that grows, and one that takes its place", () => {
  const [long, short] = [new TestNode({ number: 1 }), new TestNode({ number: 2 })];
  const runtime = { replica: long.replica };
  const digests = new Digests(runtime);
  const isTrueOf = (node: TestNode): void => {
    const { state, ops, count } = digests.now();
    assert.deepEqual({ state, ops }, node.digest);
    assert.equal(count, node.replica.log.length);
  };
  isTrueOf(long);
  for (let round = 0; round < 20; round += 1) {
    const note = `round ${String(round)}`;
    long.write(Array.from({ length: 1 + round }, () => ["note", "item", note]).map((one) => [one]));
    isTrueOf(long);
  }
  for (let round = 0; round < 3; round += 1) short.write([[["note", "item", "another"]]]);
  runtime.replica = short.replica;
  isTrueOf(short);
  runtime.replica = long.replica;
  isTrueOf(long);
});
