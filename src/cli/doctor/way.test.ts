/** Ways to a rendezvous that are broken on purpose, over real sockets: each has its fix. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tokenKeyPair } from "../../adapters/node-crypto.ts";
import { newTokenText } from "../../adapters/token-text.ts";
import { anyPort, foundedFolder, openFor } from "../../api/testing/folders.ts";
import type { Patient } from "./examine.ts";
import { examined, hubOf, joined, onlyProblem, settled } from "./testing/examined.ts";
import {
  freePort,
  impatientProxy,
  strippingProxy,
  tlsServer,
  webServer,
} from "./testing/servers.ts";

const dayMs = 86_400_000;

describe("on the way to a rendezvous", () => {
  const at = (port: number, scheme = "ws"): Partial<Patient> => ({
    rendezvous: [`${scheme}://127.0.0.1:${port}`],
  });

  test("nothing listens there", async (t) => {
    const expected = {
      check: "reach",
      found: /nothing listens there/u,
      fix: /the node runs there/u,
    };
    await onlyProblem(settled(t), at(await freePort(t)), expected);
  });

  test("a web server that knows no WebSocket", async (t) => {
    const port = await webServer(t, (_request, response) => response.end("hello"));
    const found = /no WebSocket: .* answered with HTTP 200/u;
    await onlyProblem(settled(t), at(port), { check: "websocket", found, fix: /proxy/u });
  });

  test("a proxy that drops the Upgrade header", async (t) => {
    const hub = await hubOf(t);
    const port = await strippingProxy(t, String(hub.http));
    const found = /something on the way \(old-proxy\) drops the Upgrade header/u;
    const fix = /proxy_set_header Upgrade \$http_upgrade/u;
    await onlyProblem(settled(t), at(port), { check: "websocket", found, fix });
  });

  test("a proxy that does not reach its node", async (t) => {
    const port = await webServer(t, (_request, response) => response.writeHead(502).end());
    const found = /HTTP 502/u;
    await onlyProblem(settled(t), at(port), { check: "websocket", found, fix: /start the node/u });
  });

  test("a certificate that has expired, one that nobody vouches for, and none", async (t) => {
    const [dir, now] = [settled(t), Date.now()];
    const expired = await tlsServer(t, now - 90 * dayMs, now - dayMs);
    const findings = await examined(dir, at(expired, "wss"));
    const certificate = findings.find(({ check }) => check === "certificate");
    assert.match(certificate?.found ?? "", /the certificate of 127\.0\.0\.1 expired on \d{4}-/u);
    assert.match(certificate?.fix ?? "", /renew it on the other side/u);
    assert.equal(
      findings.some(({ check }) => check === "handshake"),
      false,
    );
    const own = await tlsServer(t, now - dayMs, now + 90 * dayMs);
    const unknown = (await examined(dir, at(own, "wss"))).find(
      ({ check }) => check === "certificate",
    );
    assert.match(unknown?.found ?? "", /is not accepted: DEPTH_ZERO_SELF_SIGNED_CERT/u);
    assert.match(unknown?.fix ?? "", /NODE_EXTRA_CA_CERTS/u);
    const plain = await webServer(t, (_request, response) => response.end());
    const none = (await examined(dir, at(plain, "wss"))).find(
      ({ check }) => check === "certificate",
    );
    assert.match(none?.found ?? "", /does not speak TLS/u);
    assert.match(none?.fix ?? "", /write ws:\/\//u);
  });

  test("a clock that is off", async (t) => {
    const dir = settled(t);
    for (const [ms, state, words] of [
      [3_600_000, "fail", /is (1 h|59 min) behind/u],
      [-60_000, "warn", /is (59 s|1 min) ahead of/u],
    ] as const) {
      const port = await webServer(t, (_request, response) => {
        response.setHeader("date", new Date(Date.now() + ms).toUTCString());
        response.writeHead(404).end();
      });
      const clock = (await examined(dir, at(port))).find(({ check }) => check === "clock");
      assert.equal(clock?.state, state);
      assert.match(clock.found, words);
      assert.match(clock.fix ?? "", /set-ntp/u);
    }
  });

  test("a node of another mesh", async (t) => {
    const hub = await hubOf(t);
    const found = /belongs to another mesh/u;
    const fix = /take .* out of rendezvous/u;
    const given = { rendezvous: [String(hub.url)] };
    await onlyProblem(settled(t), given, { check: "handshake", found, fix });
  });

  test("a node that does not know this one, and a token that it refuses", async (t) => {
    const hub = await hubOf(t);
    const other = await openFor(t, await joined(t, hub), { listen: anyPort });
    const given = { rendezvous: [String(other.url)] };
    const member = await joined(t, hub);
    const fix = /towline invite/u;
    await onlyProblem(member, given, {
      check: "handshake",
      found: /does not let this one in/u,
      fix,
    });
    const { key, sign } = tokenKeyPair(newTokenText());
    const refused = { check: "handshake", found: /the token is refused there/u, fix };
    await onlyProblem(member, { ...given, token: { node: key, sign } }, refused);
  });

  test("a node with another key than before", async (t) => {
    const hub = await hubOf(t);
    const dir = await joined(t, hub);
    const port = Number(new URL(String(hub.http)).port);
    await hub.close();
    await openFor(t, foundedFolder(t), { listen: { host: "127.0.0.1", port } });
    const found = new RegExp(`another key than before \\(${hub.id.slice(0, 8)}`, "u");
    await onlyProblem(dir, {}, { check: "handshake", found, fix: /--key KEY/u });
  });

  test("a proxy that cuts silent connections", async (t) => {
    const hub = await hubOf(t);
    const port = await impatientProxy(t, String(hub.http), 250);
    const dir = await joined(t, hub, `ws://127.0.0.1:${port}`);
    const found = /a silent connection ended after \d s/u;
    const fix = /proxy_read_timeout/u;
    await onlyProblem(dir, { idleMs: 10_000 }, { check: "idle", found, fix });
    const patient = await joined(t, hub);
    const findings = await examined(patient, { idleMs: 300 });
    assert.deepEqual(
      findings.filter(({ state }) => state !== "ok"),
      [],
    );
    assert.ok(findings.some(({ check }) => check === "idle"));
  });
});
