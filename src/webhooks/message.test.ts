/** The signature of a message, by a vector of Standard Webhooks, and ids that stay. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { secretBytesOf, secretOf } from "../node/config-webhooks.ts";
import { headersOf, testMessage } from "./message.ts";

test("the signature is that of Standard Webhooks", () => {
  const secret = secretBytesOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  assert(secret !== null);
  const message = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}' };
  const headers = headersOf(message, secret, 1_614_265_330_000);
  assert.equal(headers["webhook-id"], message.id);
  assert.equal(headers["webhook-timestamp"], "1614265330");
  assert.equal(headers["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

interface Verifier {
  readonly isFromTowline: (headers: object, rawBody: string, secret: string) => boolean;
}

test("the lines in docs/WEBHOOKS.md verify a message, and no other one", async () => {
  const document = readFileSync(join(import.meta.dirname, "../../docs/WEBHOOKS.md"), "utf8");
  const [, code = ""] = /```js\n([^`]*(?:`[^`\n]+`[^`]*)*)```/u.exec(document) ?? [];
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  const { isFromTowline } = (await import(url)) as Verifier;
  const bytes = Buffer.alloc(32, 3);
  const message = testMessage("hook", Date.now());
  const headers = headersOf(message, bytes, Date.now());
  assert(isFromTowline(headers, message.body, secretOf(bytes)));
  assert(!isFromTowline(headers, `${message.body} `, secretOf(bytes)));
  assert(!isFromTowline(headers, message.body, secretOf(Buffer.alloc(32, 4))));
  assert(!isFromTowline(headersOf(message, bytes, 0), message.body, secretOf(bytes)));
});

test("a secret is whsec_ and 24 to 64 bytes, and nothing else", () => {
  for (const [bytes, isSecret] of [
    [23, false],
    [24, true],
    [64, true],
    [65, false],
  ] as const) {
    assert.equal(secretBytesOf(secretOf(Buffer.alloc(bytes, 255))) !== null, isSecret, `${bytes}`);
  }
  const text = Buffer.alloc(32, 255).toString("base64");
  for (const wrong of [text, `whsec_${text}!`, `whsec_${text.slice(1)}`, "whsec_", ""]) {
    assert.equal(secretBytesOf(wrong), null, wrong);
  }
});

test("a message of a moment has one id", () => {
  assert.deepEqual(testMessage("hook", 5), testMessage("hook", 5));
  assert.notEqual(testMessage("hook", 5).id, testMessage("hook", 6).id);
});
