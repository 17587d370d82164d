/** The entry in .mcp.json: what it adds, and all that it leaves alone. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { TowlineError } from "../../base/errors.ts";
import { failure, json, temporaryFolder, towline } from "../testing/program.ts";
import { planMcpEntry, writeMcpEntry } from "./mcp-entry.ts";

interface McpFile {
  readonly mcpServers: Readonly<Record<string, { readonly args: readonly string[] }>>;
}

/** A project whose .mcp.json holds `text`. */
function project(t: TestContext, text: string): { readonly cwd: string; readonly path: string } {
  const cwd = temporaryFolder(t);
  const path = join(cwd, ".mcp.json");
  writeFileSync(path, text);
  return { cwd, path };
}

test("a project without the file gets one that starts towline mcp", async (t) => {
  const cwd = temporaryFolder(t);
  const { mcp } = await json<{ mcp: string }>(["init", "--mcp"], { cwd });
  assert.equal(mcp, join(cwd, ".mcp.json"));
  const { mcpServers } = JSON.parse(readFileSync(mcp, "utf8")) as McpFile;
  assert.deepEqual(Object.keys(mcpServers), ["towline"]);
  assert.equal(mcpServers["towline"]?.args.at(-1), "mcp");
});

test("a data folder elsewhere is named, and nothing is written unasked", async (t) => {
  const cwd = temporaryFolder(t);
  const made = await json<{ mcp: string | null }>(["init", "--dir", "a"], { cwd });
  assert.equal(made.mcp, null);
  assert(!existsSync(join(cwd, ".mcp.json")));
  const { stdout } = await towline(["init", "--mcp", "--dir", "b"], { cwd });
  assert.match(stdout, /The MCP server towline is in .*\.mcp\.json now/u);
  const { mcpServers } = JSON.parse(readFileSync(join(cwd, ".mcp.json"), "utf8")) as McpFile;
  assert.deepEqual(mcpServers["towline"]?.args.slice(-3), ["mcp", "--dir", join(cwd, "b")]);
});

test("what is in the file stays, its order, indent and mode too", (t) => {
  const text =
    '{\n\t"z": [1, 2],\n\t"mcpServers": {"other": {"command": "x", "env": {}}},\n\t"a": "é"\n}';
  const { cwd, path } = project(t, text);
  chmodSync(path, 0o640);
  const entry = planMcpEntry({ dir: ".towline", cwd });
  writeMcpEntry(entry, entry.text ?? "");
  const written = readFileSync(path, "utf8");
  const { mcpServers, ...others } = JSON.parse(written) as McpFile;
  assert.deepEqual(others, { z: [1, 2], a: "é" });
  assert.deepEqual(Object.keys(mcpServers), ["other", "towline"]);
  assert.deepEqual(mcpServers["other"], { command: "x", env: {} });
  assert.deepEqual(Object.keys(JSON.parse(written) as object), ["z", "mcpServers", "a"]);
  assert.match(written, /^\{\n\t"z"/u);
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test("a server of that name stays as it is, and a link stays a link", (t) => {
  const { cwd, path } = project(t, '{"mcpServers":{"towline":{"command":"mine"}}}');
  assert.equal(planMcpEntry({ dir: ".towline", cwd }).text, null);
  const inner = join(cwd, "inner");
  mkdirSync(inner);
  writeFileSync(path, "{}");
  symlinkSync(path, join(inner, ".mcp.json"));
  const entry = planMcpEntry({ dir: ".towline", cwd: inner });
  writeMcpEntry(entry, entry.text ?? "");
  assert.match(readFileSync(path, "utf8"), /towline/u);
});

test("a file that is broken, or would lose something, is not touched", async (t) => {
  const texts = [
    "{",
    "",
    "[]",
    '{"mcpServers": []}',
    '{"mcpServers": {}, } // mine',
    '{"a": 1, "a": 2}',
    '{"a": 12345678901234567890}',
  ];
  for (const text of texts) {
    const { cwd, path } = project(t, text);
    assert.throws(
      () => planMcpEntry({ dir: ".towline", cwd }),
      (error) => error instanceof TowlineError && error.code === "config/invalid",
      text,
    );
    assert.equal(readFileSync(path, "utf8"), text);
  }
  const { cwd, path } = project(t, "{");
  assert.equal((await failure(["init", "--mcp"], { cwd })).code, "config/invalid");
  assert(!existsSync(join(cwd, ".towline")), "nothing is founded");
  assert.equal(readFileSync(path, "utf8"), "{");
});
