/** Moments as people write them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TowlineError } from "../../base/errors.ts";
import { parseMoment } from "./moment.ts";

const now = Date.UTC(2026, 2, 1, 12);

test("a moment is an age, a time or a number of ops", () => {
  assert.deepEqual(parseMoment("2h ago", now), { time: now - 7_200_000 });
  assert.deepEqual(parseMoment("1d12h ago", now), { time: now - 129_600_000 });
  assert.deepEqual(parseMoment("90 s ago", now), { time: now - 90_000 });
  assert.deepEqual(parseMoment("now", now), { time: now });
  assert.deepEqual(parseMoment("120 ops", now), { ops: 120 });
  assert.deepEqual(parseMoment("1 op", now), { ops: 1 });
  assert.deepEqual(parseMoment("2026-03-01T09:30Z", now), { time: now - 9_000_000 });
  assert.deepEqual(parseMoment("2026-03-01T09:30:00.500+02:00", now), { time: now - 16_199_500 });
  const local = new Date(2026, 2, 1, 9, 30).getTime();
  assert.deepEqual(parseMoment("2026-03-01 09:30", now), { time: local });
  assert.deepEqual(parseMoment("2026-03-01", now), { time: new Date(2026, 2, 1).getTime() });
});

test("anything else is refused, with what to write", () => {
  const wrong = [
    "",
    "yesterday",
    "2h",
    "ago",
    "never ago",
    "12",
    "-3 ops",
    "2026-13-01",
    "1969-01-01",
  ];
  for (const text of [...wrong, "2026-03-01T25:00", "2026-3-1", "9999999999999999 ops"]) {
    assert.throws(
      () => parseMoment(text, now),
      (error) => error instanceof TowlineError && error.code === "usage/invalid",
      text,
    );
  }
});
