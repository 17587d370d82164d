/** Dialling: which URLs are taken, each way to fail with its code, and the limits of this side. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { test } from "node:test";
import { TowlineError } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";
import { frameBytesMax } from "../base/limits.ts";
import { LinkRecord, frame, testListener, until } from "./testing/ws-peers.ts";
import { dial, dialUrl } from "./ws-dialer.ts";
import type { DialRequest } from "./ws-dialer.ts";

/** A listener that does with each socket what the test says. */
async function rawListener(serve: (socket: Socket) => void, server: Server = createServer(serve)) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers an upgrade by hand and then sends `bytes` in the same segment. */
function upgradeThen(...bytes: readonly Uint8Array[]) {
  return (socket: Socket): void => {
    socket.once("data", (chunk: Buffer) => {
      const key = /sec-websocket-key: (\S+)/iu.exec(chunk.toString())?.[1] ?? "";
      const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
      const accept = createHash("sha1").update(`${key}${guid}`).digest("base64");
      const head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(head), ...bytes]));
    });
  };
}

const fromServer = (options: Parameters<typeof frame>[0]): Buffer =>
  frame({ ...options, masked: false });

async function failure(request: DialRequest): Promise<TowlineError> {
  try {
    await dial(request, () => assert.fail("no link was expected"));
  } catch (error) {
    assert.ok(error instanceof TowlineError, String(error));
    return error;
  }
  throw new Error("the dial succeeded");
}

async function fails(request: DialRequest, code: ErrorCode, text: RegExp): Promise<void> {
  const error = await failure(request);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, text);
}

async function record(url: string): Promise<LinkRecord> {
  const records: LinkRecord[] = [];
  const link = await dial({ url }, (opened) => {
    const opening = new LinkRecord(opened);
    records.push(opening);
    return opening;
  });
  const [only] = records;
  assert.ok(only);
  assert.equal(only.link, link);
  return only;
}

test("the scheme and the path of the protocol are filled in, all else is kept", () => {
  for (const [typed, dialled] of [
    ["ws://hub.example:4747", "ws://hub.example:4747/crdt-sync"],
    ["ws://hub.example/", "ws://hub.example/crdt-sync"],
    ["hub.example:4747", "ws://hub.example:4747/crdt-sync"],
    ["localhost:4747", "ws://localhost:4747/crdt-sync"],
    ["127.0.0.1:4747", "ws://127.0.0.1:4747/crdt-sync"],
    ["[::1]:4747", "ws://[::1]:4747/crdt-sync"],
    [" http://hub.example ", "ws://hub.example/crdt-sync"],
    ["https://hub.example/towline/crdt-sync", "wss://hub.example/towline/crdt-sync"],
    ["wss://HUB.example:443/crdt-sync?room=1", "wss://hub.example/crdt-sync?room=1"],
  ] as const) {
    assert.equal(dialUrl(typed), dialled);
    assert.equal(dialUrl(dialled), dialled);
  }
});

test("URLs that cannot be dialled, or that carry secrets, are refused and not quoted", () => {
  for (const typed of [
    "",
    "ws://",
    "ftp://hub.example",
    "file:///etc/passwd",
    "ws+unix:///tmp/x",
    "ws://secret@hub.example",
    "ws://user:secret@hub.example",
    "ws://hub.example/crdt-sync?token=secret",
    "ws://hub.example/crdt-sync?%74oken=secret",
    "ws://hub.example/crdt-sync#secret",
    "ws://hub.example:70000/secret",
  ]) {
    assert.throws(
      () => dialUrl(typed),
      (error) =>
        error instanceof TowlineError &&
        error.code === "dial/url-invalid" &&
        !error.message.includes("secret"),
      typed,
    );
  }
});

test("nobody listening, a name that does not resolve: dial/unreachable", async () => {
  const gone = await rawListener(() => undefined);
  await gone[Symbol.asyncDispose]();
  await fails({ url: gone.url }, "dial/unreachable", /Nothing listens at 127\.0\.0\.1/u);
  await fails({ url: "ws://no-such-host.invalid" }, "dial/unreachable", /no-such-host\.invalid/u);
});

test("silence and dripping both end at the deadline, and the socket with them", async () => {
  let closed = 0;
  await using dripping = await rawListener((socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nx: ");
    const drip = setInterval(() => socket.write("y"), 5);
    socket.on("close", () => {
      clearInterval(drip);
      closed += 1;
    });
  });
  await using silent = await rawListener((socket) => {
    socket.resume();
    socket.on("close", () => (closed += 1));
  });
  for (const { url } of [dripping, silent]) {
    await fails({ url, timeoutMs: 150 }, "dial/unreachable", /within 0\.15 s/u);
  }
  await until(() => closed === 2, "both sockets were closed");
});

for (const [status, code, text] of [
  [200, "dial/not-towline", /web pages/u],
  [301, "dial/refused", /redirects elsewhere/u],
  [400, "dial/refused", /400/u],
  [401, "dial/refused", /proxy/u],
  [403, "dial/refused", /origin/u],
  [404, "dial/refused", /\/crdt-sync/u],
  [426, "dial/refused", /upgrade/u],
  [500, "dial/refused", /500/u],
  [502, "dial/refused", /proxy/u],
  [503, "dial/refused", /busy/u],
] as const) {
  test(`HTTP ${status} instead of a WebSocket is ${code}, and its body is not read`, async () => {
    const server = createHttpServer((_request, response) => {
      response.writeHead(status, { location: "ws://127.0.0.1:1/" });
      response.write("x".repeat(100_000));
    });
    await using listener = await rawListener(() => undefined, server);
    await fails({ url: listener.url }, code, text);
  });
}

test("what is no WebSocket at all is dial/not-towline", async () => {
  await using ssh = await rawListener((socket) => socket.write("SSH-2.0-OpenSSH_9.9\r\n"));
  await fails({ url: ssh.url }, "dial/not-towline", /no Towline node/u);
  const liar = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  for (const rest of ["Sec-WebSocket-Accept: x\r\n\r\n", "\r\n"]) {
    await using listener = await rawListener((socket) => socket.write(liar + rest));
    await fails({ url: listener.url }, "dial/not-towline", /no Towline node/u);
  }
});

test("TLS where there is none, and a hang-up, are told apart", async () => {
  await using plain = await testListener();
  await fails({ url: `wss://127.0.0.1:${plain.port}` }, "dial/not-towline", /ws:\/\//u);
  await using rude = await rawListener((socket) => socket.destroy());
  await fails({ url: rude.url }, "dial/unreachable", /hung up/u);
});

test("a signal aborts a dial at once with its reason, before and during", async () => {
  await using silent = await rawListener((socket) => socket.resume());
  const reason = new Error("stopped");
  const open = (): never => assert.fail("no link was expected");
  const before = dial({ url: silent.url, signal: AbortSignal.abort(reason) }, open);
  await assert.rejects(before, reason);
  const stop = new AbortController();
  const during = dial({ url: silent.url, signal: stop.signal }, open);
  stop.abort(reason);
  await assert.rejects(during, reason);
});

test("[A9] a bearer goes to this machine or over TLS, never in clear elsewhere", async () => {
  await using listener = await testListener();
  const bearer = "a-token-of-16-chars";
  const url = `ws://localhost:${listener.port}`;
  await dial(
    { url: url.replace("localhost", "127.0.0.1"), bearer },
    (link) => new LinkRecord(link),
  );
  assert.equal((await listener.link()).info.bearer, bearer);
  await fails({ url: "ws://192.0.2.1:4747", bearer }, "dial/url-invalid", /wss/u);
  for (const each of ["a\r\nx: y", "a b", "ü"]) {
    await fails({ url, bearer: each }, "token/invalid", /ASCII/u);
  }
});

test("frames in the same segment as the upgrade are delivered", async () => {
  const challenge = fromServer({ opcode: 1, payload: "challenge" });
  await using server = await rawListener(upgradeThen(challenge, challenge));
  const near = await record(server.url);
  await until(() => near.frames.length === 2, "both came");
});

for (const [name, code, bytes] of [
  ["[A4] 2^63-1 bytes", 1009, [fromServer({ opcode: 1, claims: 2n ** 63n - 1n })]],
  ["[A4] too large", 1009, [fromServer({ opcode: 2, claims: BigInt(frameBytesMax) + 1n })]],
  [
    "[A5] empty fragments",
    1008,
    Array.from({ length: 100_000 }, (_, at) =>
      fromServer({ opcode: at === 0 ? 1 : 0, isFinal: false }),
    ),
  ],
  ["[A6] RSV1", 1002, [fromServer({ opcode: 1, rsv1: true })]],
  ["a mask", 1002, [frame({ opcode: 1, payload: "x" })]],
] as const) {
  test(`a listener that sends ${name} is closed with ${code} by the dialler`, async () => {
    await using server = await rawListener(upgradeThen(...bytes));
    const near = await record(server.url);
    await until(() => near.closed.length === 1, "it closed");
    assert.deepEqual([near.closed, near.frames], [[code], []]);
  });
}

test("[A6] the dialler offers no extension, no protocol and no origin", async () => {
  const requests: string[] = [];
  await using server = await rawListener((socket) => {
    socket.on("data", (chunk: Buffer) => requests.push(chunk.toString()));
    upgradeThen()(socket);
  });
  await record(server.url);
  assert.match(requests[0] ?? "", /^GET \/crdt-sync HTTP\/1\.1/u);
  assert.doesNotMatch(requests[0] ?? "", /extensions|protocol:|origin:/iu);
});
