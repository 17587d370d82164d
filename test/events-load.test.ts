/** Two hundred clients follow a node that takes a thousand changes a second, and all keep up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { measureEvents } from "../bench/events/measure.ts";

test("200 clients and 1,000 changes a second do not stop a node", async (t) => {
  const load = { clients: 200, changesPerSecond: 1_000, seconds: 2, items: 500 };
  const measured = await measureEvents(load);
  t.diagnostic(JSON.stringify(measured));
  // All have the last change, or it would have thrown, however long a busy machine took; and
  // nobody got more than ten events a second, however many changes there were.
  assert(measured.eventsPerSecond <= 11, `${measured.eventsPerSecond} events a second`);
  assert(measured.written > 0);
});
