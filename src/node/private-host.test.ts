/** Where plain ws:// is worth a warning. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPrivateHost } from "./private-host.ts";

test("loopback, private networks and local names are near, all else is not", () => {
  const near = ["localhost", "127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.9", "169.254.0.1"];
  for (const host of [...near, "[::1]", "[fd00::1]", "[fe80::1]", "hub", "hub.local", "a.lan"]) {
    assert.ok(isPrivateHost(host), host);
  }
  const far = [
    "172.32.0.1",
    "11.0.0.1",
    "hub.example.com",
    "[2001:db8::1]",
    "127.evil.example.com",
  ];
  for (const host of far) assert.ok(!isPrivateHost(host), host);
});
