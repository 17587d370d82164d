/** The listener's front door over real sockets: HTTP beside it, refusals, limits, its end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TowlineError } from "../base/errors.ts";
import { strangerFrameBytesMax } from "../base/limits.ts";
import {
  RawPeer,
  drivenClock,
  frame,
  testDial,
  testListener,
  until,
  upgradeRequest,
} from "./testing/ws-peers.ts";
import { listen } from "./ws-listener.ts";

const canary = "canary-token-0123456789";

test("plain HTTP: 426 at the path of the protocol, 404 as JSON elsewhere", async () => {
  await using listener = await testListener();
  const sync = await fetch(`http://127.0.0.1:${listener.port}/crdt-sync`);
  assert.equal(sync.status, 426);
  assert.equal(sync.headers.get("upgrade"), "websocket");
  const other = await fetch(`http://127.0.0.1:${listener.port}/x`, { method: "POST", body: "x" });
  assert.equal(other.status, 404);
  const body = (await other.json()) as { error: { code: string } };
  assert.equal(body.error.code, "http/404");
});

test("[A9] a token in the URL gets 400, upgraded or not, and is repeated nowhere", async () => {
  await using listener = await testListener({ allowedOrigins: ["https://board.example"] });
  const target = `/crdt-sync?token=${canary}`;
  using peer = await RawPeer.upgrade(listener.port, { target });
  assert.equal(peer.status, 400);
  const plain = await fetch(`http://127.0.0.1:${listener.port}${target}`);
  assert.equal(plain.status, 400);
  const seen = peer.text + (await plain.text()) + JSON.stringify(listener.drops);
  assert.ok(!seen.includes(canary));
  assert.equal(listener.drops[0]?.reason, "token-in-url");
});

test("other requests go to the HTTP handler, the sync path never does", async () => {
  const seen: (string | undefined)[] = [];
  await using listener = await testListener({
    httpHandler: (request, response) => {
      seen.push(request.url);
      response.end("hello");
    },
  });
  const url = `http://127.0.0.1:${listener.port}`;
  assert.equal(await (await fetch(`${url}/healthz`)).text(), "hello");
  assert.equal((await fetch(`${url}/crdt-sync`)).status, 426);
  assert.deepEqual(seen, ["/healthz"]);
});

test("[WIRE 5] an upgrade elsewhere gets 404", async () => {
  await using listener = await testListener();
  using peer = await RawPeer.upgrade(listener.port, { target: "/socket" });
  assert.equal(peer.status, 404);
  await until(() => peer.isClosed, "the socket closed");
});

test("[A8] an origin gets 403 unless it is listed", async () => {
  await using listener = await testListener({ allowedOrigins: ["https://board.example"] });
  for (const [origin, status] of [
    ["https://evil.example", 403],
    ["null", 403],
    ["https://board.example", 101],
  ] as const) {
    using peer = await RawPeer.upgrade(listener.port, { headers: [`Origin: ${origin}`] });
    assert.equal(peer.status, status);
  }
  assert.equal(listener.accepted.length, 1);
});

test("the bearer of a loopback peer is handed over, and its absence too", async () => {
  await using listener = await testListener();
  using _one = await RawPeer.upgrade(listener.port, {
    headers: [`Authorization: Bearer ${canary}`],
  });
  assert.equal((await listener.link()).info.bearer, canary);
  using _two = await RawPeer.upgrade(listener.port);
  assert.equal((await listener.link(2)).info.bearer, null);
});

test("[A3] too many or too large headers get 431 or 400, and the listener lives", async () => {
  await using listener = await testListener();
  const many = Array.from({ length: 3_000 }, (_, at) => `h${at}: x`);
  for (const headers of [many, [`x: ${"y".repeat(20_000)}`]]) {
    using peer = await RawPeer.upgrade(listener.port, { headers });
    assert.ok(peer.status === 431 || peer.status === 400, String(peer.status));
  }
  // Within the bytes, but more than Node's default number: the last one must still be seen.
  const small = [...Array.from({ length: 1_995 }, () => "a:"), "Origin:x"];
  using sneaky = await RawPeer.upgrade(listener.port, { headers: small });
  assert.equal(sneaky.status, 403);
  await testDial(listener.port);
});

test("[A3] hostile extension and protocol offers are ignored or refused", async () => {
  await using listener = await testListener();
  for (const offer of ["constructor", "__proto__", "permessage-deflate", "a;b=\u0000", ",,;;"]) {
    const headers = [`Sec-WebSocket-Extensions: ${offer}`];
    using peer = await RawPeer.upgrade(listener.port, { headers });
    assert.doesNotMatch(peer.text, /extensions/iu);
  }
  using peer = await RawPeer.upgrade(listener.port, { headers: ["Sec-WebSocket-Protocol: a, b"] });
  assert.equal(peer.status, 101);
  assert.doesNotMatch(peer.text, /protocol:/iu);
  await testDial(listener.port);
});

test("[A2] headers that never end are cut off, however steadily they drip", async () => {
  await using listener = await testListener({ limits: { headersMs: 200 } });
  using peer = await RawPeer.connect(listener.port);
  peer.write("GET /crdt-sync HTTP/1.1\r\nx: ");
  const drip = setInterval(() => peer.write("y"), 10);
  await until(() => peer.isClosed, "the socket closed");
  clearInterval(drip);
  assert.equal(listener.accepted.length, 0);
});

test("[A1] the deadline counts from accept: silence is destroyed, a link gets 4408", async () => {
  const clock = drivenClock();
  await using listener = await testListener({ clock });
  using silent = await RawPeer.connect(listener.port);
  using upgraded = await RawPeer.upgrade(listener.port);
  using admitted = await RawPeer.upgrade(listener.port);
  (await listener.link(2)).info.admitted();
  clock.advance(9_999);
  upgraded.write(frame({ opcode: 1, payload: "{" }));
  admitted.write(frame({ opcode: 9 }));
  await until(() => admitted.count(10) === 1, "the pong came");
  assert.equal(silent.isClosed || upgraded.isClosed, false);
  clock.advance(1);
  await upgraded.closedWith(4408);
  await until(() => silent.isClosed, "the silent socket was destroyed");
  assert.deepEqual(listener.accepted[0]?.frames.length, 1);
  admitted.write(frame({ opcode: 9 }));
  await until(() => admitted.count(10) === 2, "the admitted one still answers");
  assert.deepEqual(
    listener.drops.map(({ reason }) => reason),
    ["deadline", "deadline"],
  );
});

test("[A2] an HTTP request that its handler never answers is cut at the deadline", async () => {
  const clock = drivenClock();
  const admit: (() => void)[] = [];
  await using listener = await testListener({
    clock,
    httpHandler: (_request, _response, peer) => admit.push(() => peer.admitted()),
  });
  using first = await RawPeer.connect(listener.port);
  using second = await RawPeer.connect(listener.port);
  for (const peer of [first, second]) peer.write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => admit.length === 2, "both requests came");
  admit[1]?.();
  clock.advance(10_000);
  await until(() => first.isClosed || second.isClosed, "one of them was cut");
  assert.equal(listener.drops.length, 1);
});

test("[A1] the oldest of idle strangers makes room, and honest peers get in", async () => {
  await using listener = await testListener({ limits: { strangersMax: 16 }, admit: true });
  const idle: RawPeer[] = [];
  for (let count = 0; count < 200; count += 1) idle.push(await RawPeer.connect(listener.port));
  await until(() => idle.slice(0, 184).every(({ isClosed }) => isClosed), "the oldest left");
  assert.equal(idle.filter(({ isClosed }) => isClosed).length, 184);
  const honest = await testDial(listener.port);
  honest.link.ping();
  await until(() => honest.pongs === 1, "the honest peer is served");
  for (let count = 0; count < 50; count += 1) idle.push(await RawPeer.connect(listener.port));
  await until(() => idle.filter(({ isClosed }) => isClosed).length === 234, "they left too");
  honest.link.ping();
  await until(() => honest.pongs === 2, "an admitted peer is not evicted");
  assert.deepEqual(honest.closed, []);
  for (const peer of idle) peer.socket.destroy();
});

test("[A4] a stranger's bytes are bounded, in one frame or in many", async () => {
  await using listener = await testListener();
  const large = [frame({ opcode: 1, payload: "x".repeat(strangerFrameBytesMax + 1_024) })];
  const many = Array.from({ length: 60 }, () => frame({ opcode: 9, payload: "x".repeat(100) }));
  const open = [frame({ opcode: 1, payload: "x".repeat(65_536), claims: 1_000_000n })];
  for (const frames of [large, many, open]) {
    using peer = await RawPeer.upgrade(listener.port);
    for (const each of frames) peer.write(each);
    await peer.closedWith(1009);
    assert.equal((await listener.link()).frames.length, 0);
  }
  assert.equal(listener.drops.filter(({ reason }) => reason === "too-much").length, 3);
});

test("a frame of the size that strangers are allowed is delivered", async () => {
  await using listener = await testListener();
  using peer = await RawPeer.upgrade(listener.port);
  peer.write(frame({ opcode: 1, payload: "x".repeat(strangerFrameBytesMax) }));
  const far = await listener.link();
  await until(() => far.frames.length === 1, "it came");
});

test("[A7] frames that come in one segment with the upgrade count and are read", async () => {
  await using listener = await testListener();
  using peer = await RawPeer.connect(listener.port);
  peer.write(Buffer.concat([Buffer.from(upgradeRequest()), frame({ opcode: 1, payload: "{}" })]));
  const far = await listener.link();
  await until(() => far.frames.length === 1, "it came");
  using greedy = await RawPeer.connect(listener.port);
  const large = frame({ opcode: 1, payload: "x".repeat(8_000) });
  greedy.write(Buffer.concat([Buffer.from(upgradeRequest()), large]));
  await greedy.closedWith(1009);
});

test("a full listener answers 503, and takes the next one when a seat is free", async () => {
  await using listener = await testListener({
    admit: true,
    limits: { connectionsMax: 4, strangersMax: 2 },
  });
  const first = await testDial(listener.port);
  await testDial(listener.port);
  using refused = await RawPeer.upgrade(listener.port);
  assert.equal(refused.status, 503);
  await until(() => refused.isClosed, "the socket closed");
  first.link.close(1000, "");
  await until(() => listener.accepted[0]?.closed.length === 1, "a seat is free");
  await testDial(listener.port);
});

test("close ends links with 1001, destroys strangers, and resolves", async () => {
  const { listener, port, accepted } = await testListener({ admit: true });
  const near = await testDial(port);
  using silent = await RawPeer.connect(port);
  await listener.close();
  await until(() => near.closed.length === 1 && silent.isClosed, "all ended");
  assert.deepEqual([near.closed, accepted[0]?.closed], [[1001], [1001]]);
  await assert.rejects(testDial(port));
});

test("a port that is taken, and a host that is not ours, are named with what to do", async () => {
  await using listener = await testListener();
  const { port } = listener;
  const onLink = (): never => {
    throw new Error("no link was expected");
  };
  const options = { port, allowedOrigins: [], onLink, onDrop: () => undefined };
  await assert.rejects(listen({ ...options, host: "127.0.0.1" }), (error) => {
    assert.ok(error instanceof TowlineError);
    assert.equal(error.code, "listen/port-taken");
    assert.ok(error.message.includes(String(port)) && error.message.includes("127.0.0.1"));
    assert.match(error.message, /--port/u);
    return true;
  });
  for (const [host, at] of [
    ["192.0.2.1", 0],
    ["127.0.0.1", 70_000],
  ] as const) {
    await assert.rejects(
      listen({ ...options, host, port: at }),
      (error) => error instanceof TowlineError && error.code === "listen/failed",
    );
  }
});
