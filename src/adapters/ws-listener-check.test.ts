/** What a request may say: paths, tokens in URLs, origins, bearers; and the URLs of a listener. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { bearerOf, isLoopback, refusalOf, targetOf } from "./ws-listener-check.ts";
import { endpoint, urlsOf } from "./ws-listener-bind.ts";

function request(parts: {
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly remoteAddress?: string;
  readonly encrypted?: boolean;
}): IncomingMessage {
  const { url = "/crdt-sync", headers = {}, remoteAddress, encrypted } = parts;
  const socket = encrypted === undefined ? { remoteAddress } : { remoteAddress, encrypted };
  return { url, headers, socket } as unknown as IncomingMessage;
}

const reasonOf = (parts: Parameters<typeof request>[0], ...allowed: string[]): string | null =>
  refusalOf(request(parts), new Set(allowed))?.reason ?? null;

test("[A9] a token in the URL is seen however it is written", () => {
  for (const query of ["?token=x", "?a=1&token=", "?token", "?%74oken=x", "?TOKEN=x", "?a&Token"]) {
    assert.equal(reasonOf({ url: `/crdt-sync${query}` }), "token-in-url", query);
    assert.equal(reasonOf({ url: `/elsewhere${query}` }), "token-in-url", query);
  }
  assert.equal(reasonOf({ url: "/crdt-sync?tokens=1&x=token" }), null);
  assert.equal(targetOf(request({ url: "/crdt-sync?" })).path, "/crdt-sync");
});

test("[WIRE 5] only the exact path is served", () => {
  for (const url of ["/", "/crdt-sync/", "/CRDT-SYNC", "//crdt-sync", "/x/crdt-sync", "*", ""]) {
    assert.equal(reasonOf({ url }), "wrong-path", url);
  }
});

test("[A8] any origin that is not listed is refused, under either name of the header", () => {
  const allowed = "https://board.example";
  for (const name of ["origin", "sec-websocket-origin"]) {
    for (const origin of ["https://evil.example", "null", "", `${allowed}.evil.example`]) {
      assert.equal(reasonOf({ headers: { [name]: origin } }, allowed), "origin", origin);
    }
    assert.equal(reasonOf({ headers: { [name]: allowed } }, allowed), null);
  }
  assert.equal(reasonOf({ headers: { origin: `${allowed}, ${allowed}` } }, allowed), "origin");
  assert.equal(reasonOf({}), null);
});

test("[WIRE 5.1] a bearer counts on loopback and over TLS only", () => {
  const headers = { authorization: "Bearer a-token-of-16-chars" };
  const far = { headers, remoteAddress: "192.0.2.7" };
  assert.equal(bearerOf(request(far)), null);
  assert.equal(bearerOf(request({ ...far, encrypted: false })), null);
  assert.equal(bearerOf(request({ ...far, encrypted: true })), "a-token-of-16-chars");
  assert.equal(bearerOf(request({ headers })), null);
  for (const remoteAddress of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]) {
    assert.equal(bearerOf(request({ headers, remoteAddress })), "a-token-of-16-chars");
  }
});

test("an authorization that is no bearer counts as none", () => {
  for (const authorization of ["", "Bearer", "Bearer ", "Bearer   ", "Basic YTpi", "Bearerx y"]) {
    const headers = { authorization };
    assert.equal(bearerOf(request({ headers, remoteAddress: "::1" })), null, authorization);
  }
  const headers = { authorization: "bearer  spaced " };
  assert.equal(bearerOf(request({ headers, remoteAddress: "::1" })), "spaced");
});

test("names that only look like loopback are not", () => {
  for (const address of [
    "127.evil.example",
    "128.0.0.1",
    "::2",
    "::ffff:10.0.0.1",
    "",
    "1127.0.0.1",
  ]) {
    assert.equal(isLoopback(address), false, address);
  }
  assert.equal(isLoopback(undefined), false);
});

test("URLs bracket IPv6, and a wildcard becomes the addresses of this machine", () => {
  assert.equal(endpoint("::1", 80), "[::1]:80");
  assert.deepEqual(urlsOf("::1", 4747), ["ws://[::1]:4747/crdt-sync"]);
  assert.deepEqual(urlsOf("hub.example", 1), ["ws://hub.example:1/crdt-sync"]);
  const urls = urlsOf("0.0.0.0", 4747);
  assert.ok(urls.length > 0);
  for (const url of urls) assert.match(url, /^ws:\/\/\d+\.\d+\.\d+\.\d+:4747\/crdt-sync$/u);
  assert.ok(!urls.includes("ws://0.0.0.0:4747/crdt-sync"));
});
