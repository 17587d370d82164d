/** Frames that no honest peer sends, after admission: each ends the link with its code. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameBytesMax } from "../base/limits.ts";
import { RawPeer, frame, testDial, testListener, until } from "./testing/ws-peers.ts";

const text = (length: number): string => "x".repeat(length);
const repeat = (each: Buffer, count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => each));
const opening = (opcode: number, payload = ""): Buffer =>
  frame({ opcode, payload, isFinal: false });

const hostile: readonly {
  readonly name: string;
  readonly code: number;
  readonly bytes: () => Buffer;
}[] = [
  {
    name: "[A4] a frame that claims 2^63-1 bytes",
    code: 1009,
    bytes: () => frame({ opcode: 1, claims: 2n ** 63n - 1n }),
  },
  {
    name: "[A4] a frame that claims one byte more than allowed",
    code: 1009,
    bytes: () => frame({ opcode: 2, claims: BigInt(frameBytesMax) + 1n }),
  },
  {
    name: "[A4] fragments that together are too large",
    code: 1009,
    bytes: () =>
      Buffer.concat([opening(2, text(frameBytesMax)), frame({ opcode: 0, payload: "x" })]),
  },
  {
    name: "[A5] 100,000 empty fragments",
    code: 1008,
    bytes: () => Buffer.concat([opening(1), repeat(opening(0), 100_000)]),
  },
  {
    name: "[A5] more fragments than 64, of one byte each",
    code: 1008,
    bytes: () => Buffer.concat([opening(1, "x"), repeat(opening(0, "x"), 64)]),
  },
  {
    name: "[A6] a compressed frame (RSV1)",
    code: 1002,
    bytes: () => frame({ opcode: 1, payload: "x", rsv1: true }),
  },
  { name: "a frame without a mask", code: 1002, bytes: () => frame({ opcode: 1, masked: false }) },
  { name: "an unknown opcode", code: 1002, bytes: () => frame({ opcode: 3 }) },
  { name: "a continuation of nothing", code: 1002, bytes: () => frame({ opcode: 0 }) },
  { name: "a fragmented ping", code: 1002, bytes: () => opening(9) },
  {
    name: "a ping that is too long",
    code: 1002,
    bytes: () => frame({ opcode: 9, payload: text(126) }),
  },
  {
    name: "a close frame with a code that may not be sent",
    code: 1002,
    bytes: () => frame({ opcode: 8, payload: new Uint8Array([0x03, 0xee]) }),
  },
];

for (const { name, code, bytes } of hostile) {
  test(`${name}: ${code}, and others are served`, async () => {
    await using listener = await testListener({ admit: true });
    using peer = await RawPeer.upgrade(listener.port);
    const far = await listener.link();
    peer.write(bytes());
    await peer.closedWith(code);
    peer.socket.end();
    await until(() => far.closed.length > 0, "the link closed");
    assert.deepEqual(far.closed, [code]);
    assert.deepEqual(far.frames, []);
    const honest = await testDial(listener.port);
    honest.link.ping();
    await until(() => honest.pongs === 1, "another peer is served");
  });
}

test("a message of the largest size in 64 fragments is delivered", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  const part = text(frameBytesMax / 64);
  peer.write(Buffer.concat([opening(1, part), repeat(opening(0, part), 62)]));
  peer.write(frame({ opcode: 0, payload: part }));
  const far = await listener.link();
  await until(() => far.frames.length === 1, "it came");
  assert.equal(far.frames[0]?.data.length, frameBytesMax);
});

test("[A7] pings between the fragments of a message are answered", async () => {
  await using listener = await testListener({ admit: true });
  using peer = await RawPeer.upgrade(listener.port);
  peer.write(opening(1, "a"));
  peer.write(frame({ opcode: 9 }));
  peer.write(frame({ opcode: 0, payload: "b" }));
  const far = await listener.link();
  await until(() => far.frames.length === 1 && peer.count(10) === 1, "message and pong came");
  assert.equal(far.frames[0]?.data.toString(), "ab");
});
