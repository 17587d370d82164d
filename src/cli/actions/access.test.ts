/** Tokens of the HTTP API on the command line, with and without a node that runs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { failure, json, RunningNode, temporaryFolder, towline } from "../testing/program.ts";

interface Made {
  readonly id: string;
  readonly token: string;
}

test("a token works as long as it is listed", async (t) => {
  const dir = join(temporaryFolder(t), "node");
  await json(["init", "--dir", dir]);
  const add = ["access", "add", "--role", "viewer", "--label", "panel", "--dir", dir];
  const before = await json<Made>(add);
  const running = await RunningNode.start(["up", "--port", "0", "--dir", dir]);
  t.after(() => running.stop("SIGKILL"));
  const { stdout } = await towline(add);
  assert.match(stdout, /^tla_[\w-]{43}\n$/u);
  const status = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token.trim()}` };
    return (await fetch(`${running.ready.http}/api/v1/items`, { headers })).status;
  };
  assert.deepEqual([await status(before.token), await status(stdout)], [200, 200]);
  const listed = await json<readonly Made[]>(["access", "list", "--dir", dir]);
  assert.deepEqual(
    listed.map((each) => Object.keys(each).sort()),
    [
      ["created", "id", "label", "role"],
      ["created", "id", "label", "role"],
    ],
  );
  await json(["access", "rm", before.id, "--dir", dir]);
  assert.deepEqual([await status(before.token), await status(stdout)], [401, 200]);
  const unknown = await failure(["access", "rm", before.id, "--dir", dir]);
  assert.deepEqual([unknown.code, unknown.exit], ["access/unknown", 3]);
  for (const args of [["add"], ["rm"], ["list", "x"], ["add", "--role", "king"], ["what"]]) {
    const refused = await failure(["access", ...args, "--dir", dir]);
    assert.equal(refused.code, "usage/invalid", args.join(" "));
  }
});
