/** The systemd unit: hardened as far as its manager can, and safe whatever a folder is called. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openerFor } from "../browser.ts";
import { unitText } from "./unit.ts";
import { refuseWithoutSystemd, writeUnit } from "./unit-file.ts";

const program = ["/usr/bin/node", "/opt/towline/main.js"];

test("a unit of the system runs as the folder's owner, who may write to the folder alone", () => {
  const dir = "/srv/towline";
  const text = unitText({ scope: "system", program, dir, uid: 1_000, socketFolder: null });
  const lines = new Set(text.split("\n"));
  for (const line of [
    "ExecStart=/usr/bin/node /opt/towline/main.js up --dir /srv/towline",
    ...["User=1000", "Restart=on-failure", "NoNewPrivileges=yes", "ProtectSystem=strict"],
    ...["PrivateTmp=yes", "ReadWritePaths=/srv/towline", "WantedBy=multi-user.target"],
  ]) {
    assert.ok(lines.has(line), line);
  }
  const far = unitText({ scope: "system", program, dir, uid: 1_000, socketFolder: "/tmp" });
  assert.ok(far.includes("ReadWritePaths=/tmp\n") && !far.includes("PrivateTmp"));
});

test("a unit of a user asks for nothing that takes namespaces", () => {
  const request = { program, dir: "/home/ann/.towline", uid: undefined, socketFolder: null };
  const text = unitText({ scope: "user", ...request });
  assert.doesNotMatch(text, /^(?:Protect|Private|ReadWrite|User|RestrictNamespaces)/mu);
  assert.match(text, /^WantedBy=default\.target$/mu);
});

test("spaces, quotes, specifiers and variables in a path stay what they are", () => {
  const dir = '/srv/a "b" 100% $HOME\\x';
  const text = unitText({ scope: "system", program, dir, uid: 1, socketFolder: null });
  assert.ok(text.includes('--dir "/srv/a \\"b\\" 100%% $$HOME\\\\x"\n'), text);
  assert.equal(text.match(/^\[/gmu)?.length, 3);
  const hostile = unitText({
    ...{ scope: "system", program, uid: 1, socketFolder: null },
    dir: "/srv/a\n[Service]\nExecStart=/bin/evil",
  });
  assert.equal(hostile.match(/^ExecStart=/gmu)?.length, 1);
});

test("a unit is written once, and one that says something else stays", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "towline-unit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "systemd", "towline.service");
  assert.equal(writeUnit(path, "[Unit]\n"), true);
  assert.equal(writeUnit(path, "[Unit]\n"), false);
  assert.throws(() => writeUnit(path, "[Service]\n"), { code: "service/exists" });
  assert.equal(readFileSync(path, "utf8"), "[Unit]\n");
  refuseWithoutSystemd(folder);
  assert.throws(() => refuseWithoutSystemd(join(folder, "none")), { code: "service/no-systemd" });
});

test("a browser is started where there is a display, and nowhere else", () => {
  const url = "http://127.0.0.1:4747/#code=a&b";
  const on = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv = {}): unknown =>
    openerFor(url, { platform, env })?.command ?? null;
  assert.equal(on("linux"), null);
  assert.equal(on("linux", { DISPLAY: ":0" }), "xdg-open");
  assert.equal(on("linux", { WAYLAND_DISPLAY: "wayland-0" }), "xdg-open");
  assert.equal(on("darwin"), "open");
  assert.equal(on("darwin", { SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" }), null);
  assert.equal(on("win32"), "cmd");
});
