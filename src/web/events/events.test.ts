/** Followers hear of every change once, go on after a break, and are bounded. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { TowlineError } from "../../base/errors.ts";
import { eventClientsMax, eventClientsOfOneMax } from "../../base/limits.ts";
import type { EventsDto, ItemPageDto } from "../../client/contract.ts";
import { silentLogger } from "../../node/logger.ts";
import { until } from "../../../test/support/until.ts";
import type { Principal } from "../auth/sessions.ts";
import type { Asker, WebNode } from "../testing/web-node.ts";
import { webNode } from "../testing/web-node.ts";
import { EventHub } from "./hub.ts";

interface Told {
  readonly id: string;
  readonly name: keyof EventsDto;
  readonly data: EventsDto[keyof EventsDto];
}

interface Follower {
  readonly told: readonly Told[];
  readonly items: () => readonly string[];
  readonly isEnded: () => boolean;
}

/** Follows the events until the test is over. */
async function follow(
  t: TestContext,
  { base }: WebNode,
  who: Asker,
  lastEventId?: string,
): Promise<Follower> {
  const abort = new AbortController();
  t.after(() => abort.abort());
  const last = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await fetch(`${base}/api/v1/events`, {
    headers: { ...who.headers, ...last },
    signal: abort.signal,
  });
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const told: Told[] = [];
  let isEnded = false;
  void read(response, told).finally(() => (isEnded = true));
  const named = (name: string): readonly Told[] => told.filter((each) => each.name === name);
  const itemsOf = ({ data }: Told): readonly string[] => {
    const { items, removed } = data as EventsDto["items"];
    return [...items.map(({ item }) => item), ...removed.map((item) => `-${item}`)];
  };
  return { told, items: () => named("items").flatMap(itemsOf), isEnded: () => isEnded };
}

async function read(response: Response, told: Told[]): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, id = "", name = "", data = ""] =
          /^id: (.*)\nevent: (.*)\ndata: (.*)$/u.exec(block) ?? [];
        if (name !== "") told.push({ id, name: name as "items", data: JSON.parse(data) as never });
      }
    }
  } catch {
    // The test is over.
  }
}

test("a change comes as the item is now, with those that wait for it", async (t) => {
  const web = await webNode(t);
  await web.node.write([[["new", "a", { title: "one" }]]]);
  await web.node.write([
    [
      ["new", "b", { title: "two" }],
      ["add", "b", "depends_on", "a"],
    ],
  ]);
  const follower = await follow(t, web, web.program("viewer"));
  await until(() => follower.told.some(({ name }) => name === "status"), "the status comes");
  await web.node.write([[["set", "a", "stage", "done"]]]);
  await until(() => follower.items().includes("b"), "both come");
  const event = follower.told.find(({ name }) => name === "items");
  assert.ok(event !== undefined);
  const { items } = event.data as EventsDto["items"];
  assert.deepEqual(
    items.map(({ item, fields, waitsFor }) => [item, fields["stage"] ?? null, waitsFor]),
    [
      ["a", "done", []],
      ["b", null, []],
    ],
  );
  await web.node.write([[["del", "a"]]]);
  await until(() => follower.items().includes("-a"), "it is removed");
});

test("after a break, what was touched meanwhile comes once", async (t) => {
  const web = await webNode(t);
  const viewer = web.program("viewer");
  await web.node.write([[["new", "a", { title: "one" }]]]);
  const { body } = await viewer.get<ItemPageDto>("/api/v1/items");
  for (const title of ["two", "three"]) await web.node.write([[["set", "a", "title", title]]]);
  await web.node.write([[["new", "b", { title: "b" }]]]);
  const follower = await follow(t, web, viewer, body.asOf);
  await until(() => follower.items().length >= 2, "what was missed comes");
  assert.deepEqual([...follower.items()].sort(), ["a", "b"]);
  const [first] = follower.told;
  assert.deepEqual([first?.name, first?.id], ["status", body.asOf], "a break before is no gap");
  const last = follower.told.at(-1)?.id ?? "";
  const next = await follow(t, web, viewer, last);
  await web.node.write([[["new", "c", { title: "c" }]]]);
  await until(() => next.items().length > 0, "the next one comes");
  assert.deepEqual(next.items(), ["c"]);
});

test("a position that is not known here is told so", async (t) => {
  const web = await webNode(t);
  const viewer = web.program("viewer");
  const known = web.node.id.slice(0, 16);
  for (const id of ["x", `${known}.1.0000000000000000`, `${known}.9.0`, `${"0".repeat(16)}.0.0`]) {
    const follower = await follow(t, web, viewer, id);
    await until(() => follower.told.some(({ name }) => name === "reset"), `reset for ${id}`);
  }
});

test("events end with the token, or the session, that began them", async (t) => {
  const web = await webNode(t);
  const page = await web.browser();
  const viewer = web.program("viewer");
  const streams = [await follow(t, web, page), await follow(t, web, viewer)];
  await page.send("DELETE", "/api/v1/session");
  await until(() => streams[0]?.isEnded(), "the session's stream ends");
  assert.equal(streams[1]?.isEnded(), false);
  web.access.remove(web.access.entries()[0]?.id ?? "");
  web.port.accessChanged();
  await until(() => streams[1]?.isEnded(), "the token's stream ends");
});

test("no more clients follow than there may be, nor half of them with one token", async (t) => {
  const { node } = await webNode(t);
  const hub = new EventHub(node, { isStillIn: () => true, logger: silentLogger });
  t.after(() => hub.close());
  const named = (key: string): Principal => {
    return { role: "viewer", session: null, tokenId: key, actor: key, key };
  };
  const isBusy = (error: unknown): boolean =>
    error instanceof TowlineError && error.code === "http/busy";
  for (let count = 0; count < eventClientsMax; count += 1) {
    const who = named(count < eventClientsOfOneMax ? "greedy" : `modest ${count}`);
    hub.refuseMore(who);
    hub.follow(who, new PassThrough() as unknown as ServerResponse, null);
    if (count >= eventClientsOfOneMax - 1)
      assert.throws(() => hub.refuseMore(named("greedy")), isBusy);
  }
  assert.throws(() => hub.refuseMore(named("one more")), isBusy);
});
