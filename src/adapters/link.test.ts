/** Links over real sockets on loopback: frames, what was written, pauses and ends. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { frameBytesMax } from "../base/limits.ts";
import type { LinkHandlers } from "./link.ts";
import { dial } from "./ws-dialer.ts";
import { RawPeer, frame, testDial, testListener, until } from "./testing/ws-peers.ts";

const mebibyte = new Uint8Array(frameBytesMax);

test("text and binary frames of any size arrive whole and in order, both ways", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  const far = await listener.link();
  const frames = ["", "päth", new Uint8Array(0), new Uint8Array([1, 2]), "x".repeat(200_000)];
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    for (const each of [...frames, mebibyte]) from.link.send(each);
    await until(() => to.frames.length === frames.length + 1, "all frames came");
    for (const [at, sent] of [...frames, mebibyte].entries()) {
      assert.equal(to.frames[at]?.isBinary, typeof sent !== "string");
      assert.deepEqual(to.frames[at].data, Buffer.from(sent));
    }
  }
});

test("a frame that several links send is not changed by the mask of one of them", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  const shared = new Uint8Array([1, 2, 3, 4, 5]);
  near.link.send(shared);
  near.link.send(shared);
  const far = await listener.link();
  await until(() => far.frames.length === 2, "both came");
  assert.deepEqual([...shared], [1, 2, 3, 4, 5]);
});

test("each frame is reported as written exactly once, with its payload bytes", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  for (let count = 0; count < 500; count += 1) near.link.send("ä");
  near.link.ping();
  near.link.send(mebibyte);
  await until(() => near.writtenFrames === 501, "all were written");
  assert.equal(near.writtenBytes, 1_000 + frameBytesMax);
  const far = await listener.link();
  await until(() => far.frames.length === 501, "all came");
  assert.equal(near.writtenFrames, 501);
});

test("nothing is reported as written from within send", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  near.link.send("x");
  assert.equal(near.writtenFrames, 0);
  await until(() => near.writtenFrames === 1, "it was written");
});

test("[V10] behind a slow reader frames stay unwritten, and terminate ends the link", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  peer.socket.pause();
  const far = await listener.link();
  for (let count = 0; count < 64; count += 1) far.link.send(mebibyte);
  await until(() => far.writtenFrames > 0, "the kernel took what it takes");
  far.link.terminate();
  await until(() => far.closed.length > 0, "the link closed");
  assert.deepEqual(far.closed, [1006]);
  assert.ok(far.writtenFrames < 64);
  far.link.send("after the end");
  far.link.ping();
  far.link.close(1000, "");
});

test("when a slow reader reads again, the rest is written and nothing is lost", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  const far = await listener.link();
  near.link.pause();
  for (let count = 0; count < 32; count += 1) far.link.send(mebibyte);
  await until(() => far.writtenFrames > 0, "the kernel took what it takes");
  assert.ok(near.frames.length < 32);
  near.link.resume();
  await until(() => near.frames.length === 32 && far.writtenFrames === 32, "all came");
});

for (const code of [1000, 1001, 1009, 4400, 4401, 4403, 4408, 4409, 4410, 4426, 4429, 4499]) {
  test(`[WIRE 5.2] ${code} arrives at the other side, from either side`, async () => {
    await using listener = await testListener({ admit: true });
    const near = await testDial(listener.port);
    const far = await listener.link();
    far.link.close(code, "reason");
    await until(() => near.closed.length + far.closed.length === 2, "both ends closed");
    assert.deepEqual([near.closed, far.closed], [[code], [code]]);

    const second = await testDial(listener.port);
    const other = await listener.link(2);
    second.link.close(code, "reason");
    await until(() => second.closed.length + other.closed.length === 2, "both ends closed");
    assert.deepEqual([second.closed, other.closed], [[code], [code]]);
  });
}

test("a reason that is too long is cut between characters", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  (await listener.link()).link.close(4400, "é😀".repeat(60));
  await until(() => near.closed.length > 0, "it closed");
  assert.deepEqual(near.closed, [4400]);
});

test("the close frame comes after all that was sent before it", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  const far = await listener.link();
  far.link.send(mebibyte);
  far.link.send("last");
  far.link.close(4401, "");
  far.link.send("too late");
  await until(() => near.closed.length > 0, "it closed");
  assert.deepEqual(near.frames.length, 2);
  assert.deepEqual(near.closed, [4401]);
});

test("[A7] frames that arrive after our close are not delivered", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  const far = await listener.link();
  far.link.close(4400, "bad message");
  peer.write(Buffer.concat(Array.from({ length: 20 }, () => frame({ opcode: 1, payload: "{}" }))));
  peer.write(frame({ opcode: 8, payload: new Uint8Array([17, 48]) }));
  peer.socket.end();
  await until(() => far.closed.length > 0, "it closed");
  assert.deepEqual(far.frames, []);
  assert.deepEqual(far.closed, [4400]);
});

test("onClosed comes once, and never from within a call", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  near.link.close(1000, "");
  near.link.close(4400, "");
  near.link.terminate();
  near.link.terminate();
  near.link.send("x");
  assert.deepEqual(near.closed, []);
  await until(() => near.closed.length > 0, "it closed");
  near.link.terminate();
  near.link.close(1000, "");
  near.link.pause();
  near.link.resume();
  const far = await listener.link();
  await until(() => far.closed.length > 0, "the other side closed too");
  assert.deepEqual([near.closed, far.closed.length], [[1000], 1]);
});

test("a peer that ignores our close frame is gone after 2 s, with our code", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  const far = await listener.link();
  far.link.pause();
  far.link.close(4403, "revoked");
  await peer.closedWith(4403);
  await until(() => far.closed.length > 0, "it closed", 4_000);
  assert.deepEqual(far.closed, [4403]);
});

test("a peer that ends without reading what we sent is gone after 2 s", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  const far = await listener.link();
  peer.socket.pause();
  for (let count = 0; count < 32; count += 1) far.link.send(mebibyte);
  peer.socket.end();
  await until(() => far.closed.length > 0, "it closed", 4_000);
  assert.deepEqual(far.closed, [1006]);
});

test("a peer that vanishes is reported as 1006", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  const far = await listener.link();
  near.link.terminate();
  await until(() => far.closed.length > 0, "it closed");
  assert.deepEqual(far.closed, [1006]);
});

test("[WIRE 5.3] a ping is answered, from either side", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  const far = await listener.link();
  near.link.ping();
  far.link.ping();
  await until(() => near.pongs === 1 && far.pongs === 1, "both pongs came");
});

test("[A7] a flood of pings that nobody reads the answers of ends the connection", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  const far = await listener.link();
  peer.socket.pause();
  const pings = Buffer.concat(
    Array.from({ length: 1_000 }, () => frame({ opcode: 9, payload: "x".repeat(125) })),
  );
  const flood = setInterval(() => peer.socket.write(pings), 1);
  await until(() => far.closed.length > 0, "it closed");
  clearInterval(flood);
  assert.deepEqual(far.closed, [1006]);
});

test("pause stops the frames, resume brings them, and close works in between", async () => {
  await using listener = await testListener({ admit: true });
  const near = await testDial(listener.port);
  const far = await listener.link();
  far.link.pause();
  for (let count = 0; count < 8; count += 1) near.link.send(mebibyte);
  await until(() => near.writtenFrames > 0, "the first was sent");
  assert.deepEqual(far.frames, []);
  far.link.resume();
  await until(() => far.frames.length === 8, "all came");
  far.link.pause();
  far.link.close(1000, "");
  await until(() => near.closed.length + far.closed.length === 2, "both ends closed");
});

test("frames of one packet wait behind a pause, and the end waits behind the frames", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  const far = await listener.link();
  far.afterFrame = () => far.link.pause();
  const frames = ["a", "b", "c"].map((payload) => frame({ opcode: 1, payload }));
  const end = frame({ opcode: 8, payload: Uint8Array.from([0x03, 0xe8]) });
  peer.socket.write(Buffer.concat([...frames, end]));
  for (const count of [1, 2, 3]) {
    await until(() => far.frames.length === count, `${count} came`);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([far.frames.length, far.closed], [count, []]);
    far.link.resume();
  }
  await until(() => far.closed.length === 1, "the link closed");
  assert.deepEqual(far.closed, [1000]);
});

test("a link that is closed while frames and an end wait behind a pause tells its end", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  const far = await listener.link();
  far.afterFrame = () => far.link.pause();
  const end = frame({ opcode: 8, payload: Uint8Array.from([0x03, 0xe8]) });
  const [one, two] = ["a", "b"].map((payload) => frame({ opcode: 1, payload }));
  peer.socket.write(Buffer.concat([one, two, end].map((each) => Buffer.from(each ?? []))));
  await until(() => far.frames.length === 1, "the first came");
  far.link.close(1001, "");
  await until(() => far.closed.length === 1, "the link closed");
  assert.equal(far.frames.length, 1);
});

test("a handler that throws ends its link, and the bug is thrown where it is seen", async () => {
  await using listener = await testListener({ admit: true });
  const closed: number[] = [];
  const handlers: LinkHandlers = {
    onFrame: () => {
      throw new Error("bug of the test");
    },
    onWritten: () => undefined,
    onPong: () => undefined,
    onClosed: (code) => closed.push(code),
  };
  await dial({ url: listener.listener.url }, () => handlers);
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  try {
    const thrown = once(process, "uncaughtException");
    (await listener.link()).link.send("x");
    const [error] = (await thrown) as unknown[];
    assert.ok(error instanceof Error && error.cause instanceof Error);
    assert.equal(error.cause.message, "bug of the test");
  } finally {
    for (const each of others) process.on("uncaughtException", each);
  }
  await until(() => closed.length === 1, "the link closed");
});
