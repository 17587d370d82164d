/** What takes ten real seconds, all at once: handshake deadlines on both sides, asking again. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { founder } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { dial, greet, listen } from "../support/wire-client.ts";
import { Author } from "../support/wire-op.ts";
import type { MadeOp } from "../support/wire-op.ts";

const deadlineMs = 10_000;
/** For a loaded machine; the deadline itself is never early. */
const slackMs = 4_000;

function assertTook(since: number): void {
  const took = performance.now() - since;
  assert.ok(took > deadlineMs - 100, `after ${took} ms already`);
  assert.ok(took < deadlineMs + slackMs, `only after ${took} ms`);
}

describe("ten seconds", { concurrency: true }, () => {
  test("[AUTH-1] a stranger that says nothing, or goes on with nothing, gets 4408", async (t) => {
    const { url } = await founder(t, { open: true });
    const since = performance.now();
    const [silent, busy] = [await dial({ url }), await dial({ url })];
    const chatter = setInterval(() => busy.ws.ping(), 500);
    t.after(() => clearInterval(chatter));
    busy.send({ type: "later" });
    const ends = await Promise.all(
      [silent, busy].map(async (peer) => await until(() => peer.end, "it ended", 15_000)),
    );
    for (const { code } of ends) assert.equal(code, 4408);
    assertTook(since);
  });

  test("[AUTH-1] the ten seconds count from accept, not from the upgrade", async (t) => {
    const { url } = await founder(t, { open: true });
    const { port, hostname } = new URL(url);
    const socket = connectTcp(Number(port), hostname);
    let [answer, isClosed] = [Buffer.alloc(0), false];
    socket.on("data", (chunk) => (answer = Buffer.concat([answer, chunk])));
    socket.on("error", () => undefined);
    socket.on("close", () => (isClosed = true));
    await until(() => socket.readyState === "open", "the socket is accepted");
    const since = performance.now();
    const head = [
      "GET /crdt-sync HTTP/1.1",
      `Host: ${hostname}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    // Half the headers now, half 3 s later: the upgrade must not start a new clock.
    socket.write(`${head.slice(0, 3).join("\r\n")}\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    socket.write(`${head.slice(3).join("\r\n")}\r\n\r\n`);
    const code = Buffer.from([0x88]);
    const closing = (): number | null => {
      const at = answer.lastIndexOf(code);
      return at > 0 && answer.length >= at + 4 ? answer.readUInt16BE(at + 2) : null;
    };
    await until(() => closing() === 4408, "the close frame came", 15_000);
    assertTook(since);
    await until(() => isClosed, "the socket is gone, whoever does not answer");
  });

  test("[AUTH-1] a connector leaves a listener that never goes on", async (t) => {
    const node = await founder(t);
    const mute = await listen({ mesh: node.mesh, greeting: '{"type":"later"}' });
    t.after(() => mute[Symbol.asyncDispose]());
    node.addRendezvous(mute.url);
    const peer = await mute.peer();
    const since = performance.now();
    const { code } = await until(() => peer.end, "the node left", 15_000);
    assert.equal(code, 4408);
    assertTook(since);
  });

  test("[SYN-13] while an op waits the node asks again, but not within 10 s", async (t) => {
    const node = await founder(t, { open: true });
    const peer = await greet({ url: node.url });
    const author = new Author(node.mesh);
    const [first, ...others] = author.writeMany(8, "waits");
    peer.sendLive(others[0] as MadeOp);
    await until(() => peer.of("clock").length === 2, "a clock came again");
    const since = performance.now();
    for (const op of others.slice(1)) peer.sendLive(op);
    await until(() => peer.of("clock").length === 3, "another clock came", 15_000);
    assertTook(since);
    const clock = peer.of("clock").at(-1)?.json["clock"] as Record<string, number>;
    assert.equal(clock[author.key.id], undefined);
    peer.sendBulk([first as MadeOp]);
    await until(() => node.status().ops === 9, "all were applied");
    assert.equal(peer.of("clock").length, 3);
    assert.deepEqual(peer.faults, []);
  });
});
