/** Clients that do not take what they are sent cost themselves their connection, others nothing. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { until } from "../../../test/support/until.ts";
import type { NodeEvents, TowlineNode } from "../../api/types.ts";
import { eventItemsMax, eventRecentMax, eventStallMs } from "../../base/limits.ts";
import { silentLogger } from "../../node/logger.ts";
import type { EventsDto } from "../../client/contract.ts";
import type { Principal } from "../auth/sessions.ts";
import { webNode } from "../testing/web-node.ts";
import { EventHub } from "./hub.ts";
import { Touches } from "./touches.ts";

/** A socket that takes what it is sent, or does not. */
class Socket extends EventEmitter {
  writableNeedDrain = false;
  destroyed = false;
  writableEnded = false;
  readonly texts: string[] = [];

  write(bytes: Uint8Array): boolean {
    this.texts.push(Buffer.from(bytes).toString());
    return true;
  }

  end(): void {
    this.writableEnded = true;
    this.emit("close");
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }

  /** The events about items that came, each as what it says of `title`. */
  get titles(): readonly (readonly string[])[] {
    const events = this.texts.filter((text) => text.includes("\nevent: items\n"));
    return events.map((text) => {
      const [, data = ""] = /^data: (.*)$/mu.exec(text) ?? [];
      const { items, removed } = JSON.parse(data) as EventsDto["items"];
      return [
        ...items.map(({ item, fields }) => `${item}=${JSON.stringify(fields["title"])}`),
        ...removed,
      ];
    });
  }
}

const who: Principal = { role: "viewer", session: null, tokenId: null, actor: "", key: "x" };

async function hubFor(
  t: TestContext,
): Promise<{ node: TowlineNode; follow: () => Socket; pass: (ms: number) => void }> {
  const { node } = await webNode(t);
  let passed = 0;
  const now = (): number => performance.now() + passed;
  const hub = new EventHub(node, { isStillIn: () => true, logger: silentLogger, now });
  t.after(() => hub.close());
  return {
    node,
    pass: (ms) => (passed += ms),
    follow: () => {
      const socket = new Socket();
      hub.follow(who, socket as unknown as ServerResponse, null);
      return socket;
    },
  };
}

test("a client that is slow misses what was in between, and gets what is now", async (t) => {
  const { node, follow } = await hubFor(t);
  const [quick, slow] = [follow(), follow()];
  await node.write([[["new", "a", { title: "0" }]], [["new", "b", { title: "b" }]]]);
  await until(() => slow.titles.length === 1, "both get the first event");
  slow.writableNeedDrain = true;
  for (const title of ["1", "2", "3"]) {
    await node.write([[["set", "a", "title", title]]]);
    await until(() => quick.titles.flat().includes(`a="${title}"`), `the quick one gets ${title}`);
  }
  await node.write([[["del", "b"]]]);
  await until(() => quick.titles.flat().includes("b"), "the quick one hears of the end of b");
  assert.equal(slow.titles.length, 1);
  slow.writableNeedDrain = false;
  await until(() => slow.titles.length > 1, "the slow one gets what it missed");
  assert.deepEqual(slow.titles.slice(1), [['a="3"', "b"]]);
});

test("a client that takes nothing for long is cut off", async (t) => {
  const { node, follow, pass } = await hubFor(t);
  const [quick, dead] = [follow(), follow()];
  dead.writableNeedDrain = true;
  await node.write([[["new", "a", { title: "0" }]]]);
  await until(() => quick.titles.length === 1, "the quick one gets it");
  assert.equal(dead.destroyed, false);
  pass(eventStallMs + 1);
  await until(() => dead.destroyed, "the dead one is cut off");
  assert.equal(quick.destroyed, false);
});

test("many items come in several events, and the last one names the state", async (t) => {
  const { node, follow } = await hubFor(t);
  const socket = follow();
  const count = 2 * eventItemsMax + 1;
  await node.write(Array.from({ length: count }, (_, at) => [["new", `i${at}`, { title: "x" }]]));
  await until(() => socket.titles.flat().length === count, "all come");
  assert.equal(new Set(socket.titles.flat()).size, count);
  assert.deepEqual(
    socket.titles.map(({ length }) => length),
    [eventItemsMax, eventItemsMax, 1],
  );
  const ids = socket.texts
    .filter((text) => text.includes("event: items"))
    .map((text) => text.split("\n")[0]);
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[1], ids[2]);
});

test("more changes than are remembered end in a reset", async (t) => {
  const { node } = await webNode(t);
  let applied = (_: NodeEvents["applied"]): void => undefined;
  const flooded = Object.create(node, {
    on: {
      value: (name: string, listener: never) => {
        if (name === "applied") applied = listener;
        return () => undefined;
      },
    },
    id: { value: node.id },
    arrivals: { value: node.arrivals },
    work: { value: node.work },
    status: { value: () => node.status() },
    item: { value: () => null },
  }) as TowlineNode;
  const hub = new EventHub(flooded, { isStillIn: () => true, logger: silentLogger });
  t.after(() => hub.close());
  const socket = new Socket();
  hub.follow(who, socket as unknown as ServerResponse, null);
  const items = new Set(Array.from({ length: 2 * eventRecentMax + 1 }, (_, at) => `i${at}`));
  applied({ count: items.size, items });
  await until(() => socket.texts.some((text) => text.includes("event: reset")), "the reset comes");
  assert.deepEqual(socket.titles, []);
});

test("what a client was told ends before the moment of which it knows only a part", () => {
  const touches = new Touches();
  for (const item of ["a", "b"]) touches.add({ item, index: 5 });
  for (const item of ["c", "a", "d"]) touches.add({ item, index: 9 });
  const start = { index: 3, touch: 0 };
  const first = touches.take(start, 3, 9);
  assert.deepEqual(first, { items: ["a", "b", "c"], mark: { index: 5, touch: 4 } });
  const rest = touches.take(first.mark, 3, 9);
  assert.deepEqual(rest, { items: ["d"], mark: { index: 9, touch: 5 } });
  for (let at = 0; at < 2 * eventRecentMax; at += 1) touches.add({ item: "x", index: 10 });
  assert.equal(touches.take(start, 3, 10), null);
});
