/** The upgrade, and frames of every kind in every phase, from peers that were let in. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { founder } from "../support/nodes.ts";
import { until } from "../support/until.ts";
import { connect, dial, greet } from "../support/wire-client.ts";
import { Author, wireKey } from "../support/wire-op.ts";
import type { WirePeer } from "../support/wire-peer.ts";
import { frameBytesMax } from "../support/wire-peer.ts";

/** The answer to a raw HTTP request, up to the end of its headers. */
async function rawUpgrade(url: string, headers: readonly string[]): Promise<string> {
  const { port, hostname, pathname, search } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  const lines = [
    `GET ${pathname}${search} HTTP/1.1`,
    `Host: ${hostname}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  ];
  let answer = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  await until(() => answer.includes("\r\n\r\n"), "the upgrade was answered");
  socket.destroy();
  return answer.slice(0, answer.indexOf("\r\n\r\n"));
}

test("[CON-1] compression is never negotiated", async (t) => {
  const { url } = await founder(t, { open: true });
  for (const offer of [
    "permessage-deflate",
    "permessage-deflate; client_max_window_bits, permessage-deflate",
    "constructor",
  ]) {
    const answer = await rawUpgrade(url, [`Sec-WebSocket-Extensions: ${offer}`]);
    assert.match(answer, /^HTTP\/1\.1 (101|400) /u, offer);
    assert.doesNotMatch(answer, /sec-websocket-extensions/iu);
  }
  const peer = await dial({ url, offersCompression: true });
  assert.equal(peer.ws.extensions, "");
});

test("[CON-1] there is one path", async (t) => {
  const { url } = await founder(t, { open: true });
  for (const path of ["/", "/crdt-sync/", "/crdt-syncs", "/CRDT-SYNC", "/x/crdt-sync"]) {
    const wrong = new URL(path, url).href;
    await assert.rejects(dial({ url: wrong }), /HTTP 404/u, path);
  }
});

test("[CON-2] an upgrade with an Origin that is not allow-listed gets 403", async (t) => {
  const allowedOrigins = ["https://board.example"];
  const { url } = await founder(t, { open: true, allowedOrigins });
  for (const origin of ["https://evil.example", "null", "", "https://board.example.evil"]) {
    await assert.rejects(dial({ url, headers: { origin } }), /HTTP 403/u, origin);
  }
  await dial({ url, headers: { origin: "https://board.example" } });
});

test("[CON-3] an upgrade with a token in its URL gets 400", async (t) => {
  const node = await founder(t, { open: true });
  const { token } = await node.invite();
  for (const query of [`?token=${token}`, "?token=", "?a=1&token=x", "?%74oken=x"]) {
    await assert.rejects(dial({ url: node.url + query }), /HTTP 400/u, query);
  }
});

/** Phases of a connection that was let in, and how to get there. */
const phases: readonly (readonly [name: string, open: (url: string) => Promise<WirePeer>])[] = [
  ["greeting", async (url) => await connect({ url })],
  [
    "delta",
    async (url) => {
      const peer = await connect({ url });
      peer.sendClock();
      await peer.take("ready");
      return peer;
    },
  ],
  ["live", async (url) => await greet({ url })],
  ["dump", async (url) => await connect({ url, version: 1 })],
];

const author = new Author("ab".repeat(32), wireKey());
const badClocks = [null, [], 5, { x: 1 }, { ["a".repeat(63)]: 1 }, { ["A".repeat(64)]: 1 }].concat(
  [-1, 1.5, "1", null, [1], {}, true].map((n) => ({ ["a".repeat(64)]: n }) as never),
);

function malformed(): readonly (readonly [string, string | Uint8Array])[] {
  const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  const op = author.fork().write([["note", "i", "x"]]).op;
  const control: readonly unknown[] = [
    { type: "bulk" },
    { type: "bulk", ops: {} },
    { type: "bulk", ops: null },
    { type: "bulk", ops: "[]" },
    { type: "bulk", ops: [5] },
    { type: "bulk", ops: [[]] },
    { type: "bulk", ops: [op, null] },
    { type: 5 },
    { type: null },
    {},
    [],
    null,
    5,
    "bulk",
  ];
  const live: readonly unknown[] = [
    { v: 2, op },
    { v: 0, op },
    { v: "1", op },
    { op },
    { v: 1 },
    { v: 1, op: null },
    { v: 1, op: [] },
    { v: 1, op: "x" },
    [],
    { type: "ready" },
    { type: "bulk", ops: [] },
  ];
  const texts = ["", " ", "{", "{'type':'ready'}", '{"type":"ready"}x', "\ufeff{}", "nul"];
  return [
    ...texts.map((text) => [`text ${JSON.stringify(text)}`, text] as const),
    ...control.map((json) => [`text ${JSON.stringify(json)}`, JSON.stringify(json)] as const),
    ...live.map((json) => [JSON.stringify(json), Buffer.from(JSON.stringify(json))] as const),
    ["an empty binary frame", Buffer.alloc(0)],
    ["binary that is not UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["a type nested too deep", `{"type":"x","deep":${deep(33)}}`],
    ["a frame nested 100,000 deep", deep(100_000)],
    ["a bulk nested 10,000 deep", `{"type":"bulk","ops":${deep(10_000)}}`],
    ["a live op nested deep", Buffer.from(`{"v":1,"op":${deep(40)}}`)],
  ];
}

for (const [phase, open] of phases) {
  test(`[SYN-8] [SYN-9] [CON-6] while ${phase}, what is malformed closes with 4400`, async (t) => {
    const node = await founder(t, { open: true });
    const witness = await greet({ url: node.url });
    const clocks = phase === "dump" ? [] : badClocks;
    const frames = [
      ...malformed(),
      ...clocks.map((clock) => {
        const text = JSON.stringify({ type: "clock", clock });
        return [text, text] as const;
      }),
      ["a clock without one", '{"type":"clock"}'] as const,
    ];
    await Promise.all(
      frames.map(async ([name, frame]) => {
        const peer = await open(node.url);
        peer.send(frame);
        assert.equal((await peer.ended()).code, 4400, `${name.slice(0, 80)} while ${phase}`);
      }),
    );
    assert.equal(node.status().ops, 1);
    const op = new Author(node.mesh).write([["new", "unharmed", {}]]);
    witness.sendLive(op);
    await until(() => node.item("unharmed"), "the other peer is still heard");
  });

  test(`[CON-4] [SYN-9] while ${phase}, text that is not UTF-8 is no text`, async (t) => {
    const node = await founder(t, { open: true });
    const peer = await open(node.url);
    peer.ws.send(Buffer.from([0x7b, 0xc3, 0x28, 0x7d]), { binary: false });
    assert.equal((await peer.ended()).code, 4400);
  });

  test(`[CON-4] while ${phase}, a frame of more than 1 MiB closes with 1009`, async (t) => {
    const node = await founder(t, { open: true });
    const [text, binary] = [await open(node.url), await open(node.url)];
    text.send(" ".repeat(frameBytesMax + 1));
    binary.send(Buffer.alloc(frameBytesMax + 1));
    assert.equal((await text.ended()).code, 1009);
    assert.equal((await binary.ended()).code, 1009);
    // 1 MiB is allowed.
    const peer = await open(node.url);
    peer.send(`{"type":"later"${" ".repeat(frameBytesMax - 16)}}`);
    const op = new Author(node.mesh).write([["new", "after", {}]]);
    peer.sendBulk([op]);
    await until(() => node.item("after"), "what follows is read");
  });

  test(`[CON-5] [OP-4] while ${phase}, unknown types and members are ignored`, async (t) => {
    const node = await founder(t, { open: true });
    const peer = await open(node.url);
    for (const type of ["hello", "", "__proto__", "constructor", "op", "live", "CLOCK"]) {
      peer.send({ type, clock: 5, ops: 7 });
    }
    const { op } = new Author(node.mesh).write([["new", "after", {}]]);
    const bulk = { later: { b: 1 }, ops: [{ later: [], ...op }], __proto__: { x: 1 } };
    peer.send({ ...bulk, type: "bulk" });
    await until(() => node.item("after"), "what follows is read");
    assert.equal(peer.end, null);
  });

  test(`[CON-7] [AUTH-27] while ${phase}, frames of the handshake close with 4400`, async (t) => {
    const node = await founder(t, { open: true });
    const hex = "ab".repeat(32);
    const sig = "0".repeat(128);
    const late = { nonce: hex, node: hex, mesh: node.mesh };
    for (const frame of [
      { type: "auth", ...late, audience: node.url, version: 2, sig },
      { type: "challenge", ...late, versions: [1, 2] },
      { type: "welcome", mesh: node.mesh, sig },
    ]) {
      const peer = await open(node.url);
      peer.send(frame);
      assert.equal((await peer.ended()).code, 4400, frame.type);
    }
  });
}

test("[CON-7] a ready or a live op before any clock closes with 4400", async (t) => {
  const node = await founder(t, { open: true });
  const op = new Author(node.mesh).write([["new", "early", {}]]);
  const ready = await connect({ url: node.url });
  ready.sendReady();
  assert.equal((await ready.ended()).code, 4400);
  const live = await connect({ url: node.url });
  live.sendLive(op);
  assert.equal((await live.ended()).code, 4400);
  assert.equal(node.item("early"), null);
});

test("[SYN-15] a second ready is ignored", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  for (let at = 0; at < 5; at += 1) peer.sendReady();
  peer.sendLive(new Author(node.mesh).write([["new", "after", {}]]));
  await until(() => node.item("after"), "what follows is read");
  assert.equal(peer.end, null);
});

test("[CON-10] a node closes with codes of the table and says going away when it stops", async (t) => {
  const node = await founder(t, { open: true });
  const peers = [await greet({ url: node.url }), await connect({ url: node.url, version: 1 })];
  await node.close();
  for (const peer of peers) assert.equal((await peer.ended()).code, 1001);
});

test("[OP-3] a byte order mark is an ordinary character, which JSON does not begin with", async (t) => {
  const node = await founder(t, { open: true });
  const peer = await greet({ url: node.url });
  const bom = "\ufeff";
  const op = new Author(node.mesh).write([["new", "bom", { title: `${bom}x` }]]);
  peer.sendLive(op);
  await until(() => node.item("bom"), "it was applied");
  assert.equal(node.item("bom")?.fields["title"], `${bom}x`);
  peer.send(`${bom}{"type":"ready"}`);
  assert.equal((await peer.ended()).code, 4400);
});

test("[SYN-16] [SYN-9] a clock of a thousand strangers' authors and vast counts is fine", async (t) => {
  const node = await founder(t, { open: true });
  const clock: Record<string, number> = { [node.id]: 1e300 };
  for (let at = 0; at < 1_000; at += 1) clock[wireKey().id] = Number.MAX_SAFE_INTEGER;
  const peer = await greet({ url: node.url, clock });
  assert.equal(peer.ops.size, 0);
  const [id] = await node.write([[["new", "next", {}]]]);
  // The clock claimed it already, but live ops go to everyone.
  await peer.gotOp(String(id));
});
