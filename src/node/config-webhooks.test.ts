/** The [[webhooks]] tables: what is read of them, and what is refused, with its place. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { newFolder } from "../api/testing/folders.ts";
import { TowlineError } from "../base/errors.ts";
import { mkdirSync } from "node:fs";
import { resolveConfig } from "./config.ts";
import { webhookKinds } from "./config-webhooks.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

function read(t: TestContext, text: string): ReturnType<typeof resolveConfig> {
  const dir = newFolder(t);
  mkdirSync(dir);
  writeFileSync(join(dir, "towline.toml"), text);
  return resolveConfig({ flags: {}, env: {}, dir });
}

test("a webhook is read with what it leaves out", (t) => {
  const text = `
    name = "node"
    [[webhooks]]
    url = "https://example.org/hook?key=1"
    secret = "${secret}"
    [[webhooks]]
    name = "qa"
    url = "http://127.0.0.1:8080"
    secret_file = "qa.secret"
    on = ["qa", "failed"]
  `;
  const { config, settings } = read(t, text);
  const [first, second] = config.webhooks;
  assert.equal(first?.name, "example.org");
  assert.deepEqual([...first.on], webhookKinds);
  assert.deepEqual([second?.name, second?.secret, second?.secretFile], ["qa", null, "qa.secret"]);
  assert.deepEqual([...(second?.on ?? [])], ["qa", "failed"]);
  const shown = settings.find(({ key }) => key === "webhooks");
  assert.deepEqual(shown?.value, ["example.org", "qa"]);
  assert(!JSON.stringify(settings).includes("whsec"));
});

test("what is wrong is refused with its place, and without the secret", (t) => {
  const url = 'url = "https://example.org/hook"';
  const wrong: readonly (readonly [table: string, says: RegExp])[] = [
    [`secret = "${secret}"`, /number 1 has a `url` that is none/u],
    [`url = "ftp://example.org"\nsecret = "${secret}"`, /`url` that is none/u],
    [`url = "https://a:b@example.org"\nsecret = "${secret}"`, /with a password in it/u],
    [url, /needs either `secret` or `secret_file`/u],
    [`${url}\nsecret = "${secret}"\nsecret_file = "x"`, /needs either/u],
    [`${url}\nsecret = "hunter2"`, /not whsec_ and base64/u],
    [`${url}\nsecret = "${secret}"\non = []`, /`on` that is no list/u],
    [`${url}\nsecret = "${secret}"\non = ["everything"]`, /`on` that is no list/u],
    [`${url}\nsecret = "${secret}"\nname = "a b"`, /`name` that is not/u],
    [`${url}\nsecret = "${secret}"\nevents = ["qa"]`, /no key "events"/u],
    [
      `${url}\nsecret = "${secret}"\n[[webhooks]]\n${url}\nsecret = "${secret}"`,
      /number 2 is called/u,
    ],
  ];
  for (const [table, says] of wrong) {
    assert.throws(
      () => read(t, `[[webhooks]]\n${table}\n`),
      (error) => {
        assert(error instanceof TowlineError && error.code === "config/invalid");
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /hunter2|Bwc/u);
        return true;
      },
    );
  }
  assert.throws(() => read(t, "webhooks = 5"), /is no list/u);
});
