/** The rendezvous client under a driven clock: what it dials when, and what it logs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link, LinkHandlers } from "../adapters/link.ts";
import { TowlineError } from "../base/errors.ts";
import { backoffCapMs, healthyMs, rendezvousErrorThreshold } from "../base/limits.ts";
import { RendezvousClient, errorThresholdOf } from "./rendezvous.ts";
import type { RendezvousSession } from "./rendezvous.ts";

const url = "ws://hub.example:4747/crdt-sync";

const silentLink: Link = {
  remote: "hub.example:4747",
  receivedBytes: 0,
  sentBytes: 0,
  send: () => undefined,
  ping: () => undefined,
  close: () => undefined,
  terminate: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

const silentHandlers: LinkHandlers = {
  onFrame: () => undefined,
  onWritten: () => undefined,
  onPong: () => undefined,
  onClosed: () => undefined,
};

interface Line {
  readonly level: "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A client whose dials, time and chance the test decides. */
function testClient({ errorThreshold = 10, random = 0.5 } = {}) {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>();
  const lines: Line[] = [];
  const dials: {
    readonly at: number;
    readonly signal: AbortSignal;
    open(): RendezvousSession;
    fail(message: string): Promise<void>;
  }[] = [];
  const log =
    (level: Line["level"]) =>
    (fields: Line["fields"], message: string): void => {
      lines.push({ level, fields, message });
    };
  const client = new RendezvousClient({
    url,
    errorThreshold,
    logger: { info: log("info"), warn: log("warn"), error: log("error") },
    clock: {
      now: () => now,
      random: () => random,
      setTimer: (ms, fire) => {
        const timer = { at: now + ms, fire };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    connect: (_link, session) => {
      sessions.push(session);
      return silentHandlers;
    },
    dial: (signal, open) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        dials.push({
          at: now,
          signal,
          open: () => {
            open(silentLink);
            resolve(silentLink);
            const session = sessions.at(-1);
            assert.ok(session);
            return session;
          },
          fail: async (message) => {
            reject(new TowlineError("dial/unreachable", message));
            await settled();
          },
        });
      }),
  });
  const sessions: RendezvousSession[] = [];
  const advance = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const due = [...timers].sort((left, right) => left.at - right.at)[0];
      if (due === undefined || due.at > end) break;
      timers.delete(due);
      now = due.at;
      due.fire();
    }
    now = end;
  };
  const lastDial = () => {
    const dial = dials.at(-1);
    assert.ok(dial);
    return dial;
  };
  return { client, dials, lastDial, lines, advance, timers };
}

/** Lets the reactions to a settled promise run. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("it dials at once, and again after each failure with a wait that doubles", async () => {
  const { client, dials, lastDial, advance } = testClient();
  client.start();
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    await lastDial().fail("Nothing listens.");
    advance(backoffCapMs);
  }
  const waits = dials.map(({ at }) => at % backoffCapMs).slice(1);
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test("it never dials twice at a time", async () => {
  const { client, dials, lastDial, advance } = testClient();
  client.start();
  advance(600_000);
  assert.equal(dials.length, 1);
  const session = lastDial().open();
  session.admitted();
  advance(600_000);
  assert.equal(dials.length, 1);
  session.ended(1006);
  session.ended(1006);
  advance(600_000);
  assert.equal(dials.length, 2);
  await settled();
});

test("failures are warnings, and errors from the threshold on", async () => {
  const { client, lastDial, lines, advance } = testClient({ errorThreshold: 3 });
  client.start();
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    await lastDial().fail("Nothing listens.");
    advance(backoffCapMs);
  }
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields["failures"]]),
    [
      ["warn", 1],
      ["warn", 2],
      ["error", 3],
      ["error", 4],
    ],
  );
  assert.match(lines[0]?.message ?? "", /Nothing listens\. Next attempt in 0\.5 s\./u);
  assert.equal(lines[0]?.fields["error"], "dial/unreachable");
});

test("recovery is told with how long the rendezvous was away", async () => {
  const { client, lastDial, lines, advance } = testClient();
  client.start();
  await lastDial().fail("Nothing listens.");
  advance(500);
  await lastDial().fail("Nothing listens.");
  advance(1_000);
  lastDial().open().admitted();
  const line = lines.at(-1);
  assert.equal(line?.level, "info");
  assert.deepEqual(line.fields, { url, awayMs: 1_500, failures: 2 });
  assert.match(line.message, /connected to the rendezvous, after 1\.5 s away/u);
});

test("the first connection without a failure claims no absence", () => {
  const { client, lastDial, lines } = testClient();
  client.start();
  lastDial().open().admitted();
  assert.equal(lines.at(-1)?.message, "connected to the rendezvous");
});

test("only a healthy session starts the backoff again", async () => {
  const { client, lastDial, lines, advance } = testClient();
  client.start();
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    await lastDial().fail("Nothing listens.");
    advance(backoffCapMs);
  }
  const short = lastDial().open();
  short.admitted();
  advance(healthyMs - 1);
  assert.equal(client.status().failures, 4);
  short.ended(1006);
  assert.equal(lines.at(-1)?.fields["failures"], 5);
  assert.equal(lines.at(-1)?.fields["nextAttemptInMs"], 8_000);

  advance(backoffCapMs);
  const healthy = lastDial().open();
  healthy.admitted();
  advance(healthyMs);
  assert.equal(client.status().failures, 0);
  healthy.ended(1001);
  assert.equal(lines.at(-1)?.level, "warn");
  assert.match(lines.at(-1)?.message ?? "", /lost the rendezvous.*shutting down/u);
  assert.equal(client.status().failures, 0);
  advance(500);
  await lastDial().fail("Nothing listens.");
  assert.equal(lines.at(-1)?.fields["failures"], 1);
  assert.equal(lines.at(-1)?.fields["nextAttemptInMs"], 500);
});

test("a connection that is cut before the handshake is done is a failure", () => {
  const { client, lastDial, lines } = testClient();
  client.start();
  lastDial().open().ended(4408);
  assert.equal(lines.at(-1)?.level, "warn");
  assert.equal(lines.at(-1)?.fields["failures"], 1);
  assert.equal(lines.at(-1)?.fields["code"], 4408);
});

for (const code of [1009, 4401, 4403, 4409, 4410, 4426]) {
  test(`[WIRE 5.2] after ${code} the next attempt waits the cap, and says so`, async () => {
    const { client, dials, lastDial, lines, advance } = testClient({ random: 0 });
    client.start();
    lastDial().open().ended(code);
    assert.equal(client.status().nextAttemptInMs, backoffCapMs);
    assert.match(lines.at(-1)?.message ?? "", /until someone acts.*waits 30\.0 s/u);
    advance(backoffCapMs - 1);
    assert.equal(dials.length, 1);
    advance(1);
    assert.equal(dials.length, 2);
    await settled();
  });
}

test("a peer revoked in mid-session is retried at the cap, however well the session was", () => {
  const { client, lastDial, advance } = testClient({ random: 0 });
  client.start();
  const session = lastDial().open();
  session.admitted();
  advance(10 * healthyMs);
  session.ended(4403);
  assert.equal(client.status().nextAttemptInMs, backoffCapMs);
});

test("status tells the state, the wait and the last error", async () => {
  const { client, lastDial, advance } = testClient();
  assert.equal(client.status().state, "stopped");
  client.start();
  const connecting = { url, state: "connecting", failures: 0, nextAttemptInMs: null };
  assert.deepEqual(client.status(), { ...connecting, lastError: null });
  await lastDial().fail("Nothing listens.");
  advance(100);
  const waiting = { url, state: "waiting", failures: 1, nextAttemptInMs: 400 };
  assert.deepEqual(client.status(), { ...waiting, lastError: "Nothing listens." });
  advance(400);
  const session = lastDial().open();
  assert.equal(client.status().state, "connecting");
  session.admitted();
  const connected = { url, state: "connected", failures: 1, nextAttemptInMs: null };
  assert.deepEqual(client.status(), { ...connected, lastError: null });
});

test("stop aborts a dial that is under way, in silence", async () => {
  const { client, dials, lastDial, lines, advance } = testClient();
  client.start();
  client.stop();
  assert.equal(lastDial().signal.aborted, true);
  await settled();
  advance(600_000);
  assert.equal(dials.length, 1);
  assert.deepEqual(lines, []);
  assert.equal(client.status().state, "stopped");
});

test("stop cancels the wait, and what a link reports afterwards changes nothing", async () => {
  const waiting = testClient();
  waiting.client.start();
  await waiting.lastDial().fail("Nothing listens.");
  waiting.client.stop();
  assert.equal(waiting.timers.size, 0);

  const connected = testClient();
  connected.client.start();
  const session = connected.lastDial().open();
  connected.client.stop();
  session.admitted();
  session.ended(1001);
  assert.equal(connected.timers.size, 0);
  assert.deepEqual(connected.lines, []);
});

test("RENDEZVOUS_ERROR_THRESHOLD is a whole number from 1 up, or is refused", () => {
  assert.equal(errorThresholdOf(undefined), rendezvousErrorThreshold);
  assert.equal(errorThresholdOf(""), rendezvousErrorThreshold);
  assert.equal(errorThresholdOf("1"), 1);
  assert.equal(errorThresholdOf("25"), 25);
  for (const setting of ["0", "-1", "1.5", "ten", "1e3", " 3", "Infinity", "9".repeat(20)]) {
    assert.throws(
      () => errorThresholdOf(setting),
      (error) => error instanceof TowlineError && error.code === "config/invalid",
    );
  }
});
