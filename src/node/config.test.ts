/** The configuration: which place wins, what is refused, and how the file is edited. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, test } from "node:test";
import { parse } from "smol-toml";
import { TowlineError } from "../base/errors.ts";
import { addRendezvousToFile, createConfigFile } from "./config-file.ts";
import type { ConfigFlags, ResolvedConfig } from "./config.ts";
import { configKeys, resolveConfig } from "./config.ts";
import { findDataFolder, holdsNode, ignoreDataFolder, newDataFolder } from "./data-folder.ts";

function newFolder(context: TestContext, toml?: string): string {
  const dir = mkdtempSync(join(tmpdir(), "towline-config-"));
  context.after(() => {
    rmSync(dir, { recursive: true });
  });
  if (toml !== undefined) writeFileSync(join(dir, "towline.toml"), toml);
  return dir;
}

function resolve(
  dir: string | null,
  env: Record<string, string> = {},
  flags: ConfigFlags = {},
): ResolvedConfig {
  return resolveConfig({ flags, env, dir });
}

function sourceOf({ settings }: ResolvedConfig, key: string): string | undefined {
  return settings.find((setting) => setting.key === key)?.source;
}

function invalid(says: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof TowlineError);
    assert.equal(error.code, "config/invalid");
    assert.match(error.message, says);
    return true;
  };
}

/** The public key of RFC 8032, test 1. */
const key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

describe("resolving", () => {
  test("without anything there are the defaults, and each says so", () => {
    const resolved = resolve(null);
    const { config } = resolved;
    assert.deepEqual(config.listen, { host: "127.0.0.1", port: 4747 });
    assert.deepEqual([config.open, config.rendezvous, config.tokens], [false, [], []]);
    assert.equal(config.rendezvousErrorThreshold, 10);
    assert.notEqual(config.name, "");
    assert.deepEqual([...new Set(resolved.settings.map(({ source }) => source))], ["default"]);
  });

  test("a flag wins over a variable, a variable over the file, the file over the default", (t) => {
    const dir = newFolder(t, 'name = "file"\nlisten = "0.0.0.0:1"\nopen = true\n');
    const [flags, env] = [{ name: "flag" }, { TOWLINE_NAME: "variable", TOWLINE_OPEN: "no" }];
    const of = (resolved: ResolvedConfig): unknown => resolved.config.name;
    assert.equal(of(resolve(dir)), "file");
    assert.equal(of(resolve(dir, env)), "variable");
    assert.equal(of(resolve(dir, env, flags)), "flag");
    const all = resolve(dir, env, flags);
    assert.equal(sourceOf(all, "name"), "--name");
    assert.equal(sourceOf(all, "open"), "TOWLINE_OPEN");
    assert.equal(all.config.open, false);
    assert.equal(sourceOf(all, "listen"), `${join(dir, "towline.toml")}, line 2`);
  });

  test("host and port are weighed up apart", (t) => {
    const dir = newFolder(t, 'listen = "[::1]:2000"\n');
    const resolved = resolve(dir, { TOWLINE_HOST: "10.0.0.1" }, { port: "0" });
    assert.deepEqual(resolved.config.listen, { host: "10.0.0.1", port: 0 });
    assert.equal(sourceOf(resolved, "listen"), "TOWLINE_HOST, --port");
    assert.deepEqual(resolve(dir).config.listen, { host: "::1", port: 2000 });
  });

  test("lists in variables are separated by commas or spaces; an empty variable is none", () => {
    const { config } = resolve(null, {
      TOWLINE_RENDEZVOUS: "ws://a:1, ws://b:2/crdt-sync",
      TOWLINE_TRUSTED_KEYS: `${key} ${key}`,
      TOWLINE_NAME: "",
    });
    assert.deepEqual(config.rendezvous, ["ws://a:1/crdt-sync", "ws://b:2/crdt-sync"]);
    assert.deepEqual(config.trustedKeys, [key]);
    assert.notEqual(config.name, "");
  });

  test("RENDEZVOUS_ERROR_THRESHOLD is honoured", () => {
    const resolved = resolve(null, { RENDEZVOUS_ERROR_THRESHOLD: "3" });
    assert.equal(resolved.config.rendezvousErrorThreshold, 3);
    assert.equal(sourceOf(resolved, "rendezvous_error_threshold"), "RENDEZVOUS_ERROR_THRESHOLD");
  });

  const bad: readonly (readonly [toml: string, says: RegExp])[] = [
    ["\n\nnaem = 1", /line 3: there is no key "naem".*name, listen/u],
    ["[node]\nname = 'x'", /there is no key "node"/u],
    ["__proto__ = 1", /there is no key "__proto__"/u],
    ['name = "x', /line 1: .*TOML/iu],
    ["name = 5", /line 1: `name` is no text/u],
    ['name = "a\\u001bb"', /`name` holds control characters/u],
    [`name = "${"é".repeat(65)}"`, /`name` is longer than 128 bytes/u],
    ["listen = 4747", /`listen` is no address: write "host:port"/u],
    ['listen = "127.0.0.1"', /`listen` is no address/u],
    ['listen = "127.0.0.1:65536"', /`listen` has no port from 0 to 65535/u],
    ['listen = "::1:80"', /`listen` is no address/u],
    ['rendezvous = ["not a url"]', /`rendezvous` holds no URL of a node/u],
    ['rendezvous = "ws://a:1"', /`rendezvous` is no list/u],
    ['rendezvous = ["ftp://x"]', /`rendezvous` holds no URL of a node.*ws:\/\//u],
    ["rendezvous = [1]", /holds something that is no text/u],
    ["rendezvous = {}", /`rendezvous` is no list/u],
    [`trusted_keys = ["${"0".repeat(64)}"]`, /`trusted_keys` holds 0{64}.*small order/u],
    [`tokens = ["01${"0".repeat(62)}"]`, /`tokens` holds .*small order/u],
    [`trusted_keys = ["${key.toUpperCase()}"]`, /64 lower-case hex digits/u],
    ['open = "perhaps"', /`open` is neither true nor false/u],
    ['allowed_origins = ["https://a.example/path"]', /`allowed_origins` holds what is no origin/u],
  ];
  for (const [toml, says] of bad) {
    test(`refuses ${toml.slice(0, 50).replaceAll("\n", "⏎")}`, (t) => {
      assert.throws(() => resolve(newFolder(t, toml)), invalid(says));
    });
  }

  test("never quotes what may be a secret in the wrong place", (t) => {
    const secret = "tow_abcdefghijkmnpqrstuvwxyz23456789";
    const dir = newFolder(t, `tokens = ["${secret}"]\n`);
    assert.throws(
      () => resolve(dir),
      (error) => invalid(/put its public key/u)(error) && !String(error).includes(secret),
    );
  });

  test("flags and variables are named when they are wrong", () => {
    assert.throws(() => resolve(null, {}, { port: "x" }), invalid(/^--port is no port/u));
    assert.throws(() => resolve(null, { TOWLINE_OPEN: "?" }), invalid(/^TOWLINE_OPEN is neither/u));
  });
});

describe("the file", () => {
  test("that is made holds the name, every key, and is what it says", (t) => {
    const dir = newFolder(t);
    createConfigFile(dir, 'a "quoted" näme');
    const path = join(dir, "towline.toml");
    assert.equal(resolve(dir).config.name, 'a "quoted" näme');
    for (const name of configKeys) assert.match(readFileSync(path, "utf8"), new RegExp(name, "u"));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    writeFileSync(path, "open = true\n");
    createConfigFile(dir, "other");
    assert.equal(readFileSync(path, "utf8"), "open = true\n", "one that is there stays");
  });

  const [first, second] = ["ws://a:1/crdt-sync", "ws://b:2/crdt-sync"];
  const edits: readonly (readonly [what: string, before: string])[] = [
    ["no file's text at all", ""],
    ["other keys, no final newline", '# mine\nname = "x" # here'],
    ["an empty list", "rendezvous = [] # none yet\nopen = true\n"],
    ["a list on one line", `rendezvous = ["${first}"] # hub\n# end\n`],
    ["a list with a comma behind", `rendezvous = [ "${first}", ]\n`],
    ["a list over lines", `rendezvous = [\n  "${first}", # the ] hub\n  # more\n]\nopen = true\n`],
    ["a list over lines, no comma", `rendezvous = [\n  '${first}' # the "hub"\n]\n`],
    ["a quoted key", `"rendezvous" = ["${first}"]\n`],
  ];
  for (const [what, before] of edits) {
    test(`takes a rendezvous and keeps the rest: ${what}`, (t) => {
      const dir = newFolder(t, before);
      assert.equal(addRendezvousToFile(dir, second), true);
      const after = readFileSync(join(dir, "towline.toml"), "utf8");
      const expected = before.includes(first) ? [first, second] : [second];
      assert.deepEqual(parse(after)["rendezvous"], expected);
      for (const comment of before.match(/#.*$/gmu) ?? []) assert(after.includes(comment), after);
      assert.equal(addRendezvousToFile(dir, second), false, "it is there already");
      assert.equal(readFileSync(join(dir, "towline.toml"), "utf8"), after);
    });
  }

  test("takes a rendezvous where the template speaks of it", (t) => {
    const dir = newFolder(t);
    createConfigFile(dir, "n");
    addRendezvousToFile(dir, "ws://a:1");
    const text = readFileSync(join(dir, "towline.toml"), "utf8");
    assert.match(
      text,
      /# rendezvous = .*\nrendezvous = \["ws:\/\/a:1\/crdt-sync"\]\n\n# Nodes that may/u,
    );
  });

  test("that cannot be edited safely stays as it is, and says what to add", (t) => {
    const text = "rendezvous = 'ws://a:1'\n";
    const dir = newFolder(t, text);
    assert.throws(() => addRendezvousToFile(dir, second), invalid(/Add ws:\/\/b:2/u));
    assert.equal(readFileSync(join(dir, "towline.toml"), "utf8"), text);
  });
});

describe("the data folder", () => {
  test("is the named one, else .towline here or above", (t) => {
    const root = newFolder(t);
    const deep = join(root, "a", "b");
    mkdirSync(deep, { recursive: true });
    const ask = { flag: undefined, variable: undefined, cwd: deep };
    mkdirSync(join(root, ".towline"));
    assert.equal(findDataFolder(ask), join(root, ".towline"));
    assert.equal(findDataFolder({ ...ask, variable: "data" }), join(deep, "data"));
    assert.equal(findDataFolder({ ...ask, variable: "data", flag: "/x/y" }), "/x/y");
    assert.equal(findDataFolder({ ...ask, variable: "" }), join(root, ".towline"));
    assert.equal(newDataFolder(ask), join(deep, ".towline"));
    writeFileSync(join(root, "a", ".towline"), "a file of that name is no folder");
    assert.equal(findDataFolder(ask), join(root, ".towline"));
  });

  test("is kept out of version control, unless the user has said otherwise", (t) => {
    const dir = newFolder(t);
    assert.equal(holdsNode(dir), false);
    ignoreDataFolder(dir);
    assert.equal(readFileSync(join(dir, ".gitignore"), "utf8"), "*\n");
    writeFileSync(join(dir, ".gitignore"), "key\n");
    ignoreDataFolder(dir);
    assert.equal(readFileSync(join(dir, ".gitignore"), "utf8"), "key\n");
    writeFileSync(join(dir, "key"), "");
    assert.equal(holdsNode(dir), true);
  });
});
