/** The commands for work and the agent, as people and scripts use them: real processes. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import {
  failure,
  json,
  spawnTowline,
  temporaryFolder,
  towline,
} from "../src/cli/testing/program.ts";
import { isSame } from "../src/runner/processes.ts";
import { until } from "./support/until.ts";

interface Shown {
  readonly item: string;
  readonly stage: string;
  readonly state: string;
  readonly epoch: number;
  readonly guarantee: string;
  readonly claim: string;
  readonly retries?: number;
  readonly blocked?: boolean;
  readonly reason?: string;
  readonly output: string | null;
}

/** A folder with a pipeline of these items, in the stage coding. */
async function pipeline(
  t: TestContext,
  items: readonly string[],
): Promise<{ readonly dir: string; readonly at: (...args: string[]) => readonly string[] }> {
  const dir = join(temporaryFolder(t), "node");
  const at = (...args: string[]): readonly string[] => [...args, "--dir", dir];
  await json(at("init"));
  for (const item of items) await json(at("add", item, "--id", item, "--stage", "coding"));
  return { dir, at };
}

test("claim, done and fail by hand, and their refusals with their exit codes", async (t) => {
  const { at } = await pipeline(t, ["a", "b"]);
  await json(at("dep", "add", "b", "a"));
  assert.equal((await failure(at("dep", "add", "a", "b"))).code, "dep/circle");
  assert.deepEqual(
    (await json<Shown[]>(at("ready"))).map(({ item }) => item),
    ["a"],
  );
  const [waits] = await json<{ obstacles: { why: string }[] }[]>(at("blocked"));
  assert.deepEqual(
    waits?.obstacles.map(({ why }) => why),
    ["depends_on"],
  );
  assert.equal((await json<Shown>(at("next"))).item, "a");
  const refused = await failure(at("claim", "b"));
  assert.deepEqual([refused.code, refused.exit], ["claim/not-ready", 4]);
  const taken = await json<Shown>(at("next", "--take"));
  assert.deepEqual(
    [taken.item, taken.state, taken.epoch, taken.guarantee],
    ["a", "confirmed", 1, "hub"],
  );
  const held = await failure(at("claim", "a"));
  assert.deepEqual([held.code, held.exit], ["claim/held", 4]);
  const none = await failure(at("next"));
  assert.deepEqual([none.code, none.exit], ["next/none", 3]);
  const stale = await failure(at("done", "a", "--claim", "0".repeat(64)));
  assert.deepEqual([stale.code, stale.exit], ["claim/lost", 4]);
  assert.equal((await failure(at("release", "b"))).code, "claim/not-yours");
  const failed = await json<Shown>(at("fail", "a", "--reason", "red", "--retries", "0"));
  assert.equal(failed.blocked, true);
  assert.equal((await json<Shown>(at("show", "a"))).reason, "red");
  await json(at("retry", "a"));
  await json(at("claim", "a"));
  const done = await json<Shown>(at("done", "a", "--to", "done"));
  assert.deepEqual([done.stage, done.state, done.epoch], ["done", "done", 2]);
  const moved = await failure(at("move", "a", "merge"));
  assert.deepEqual([moved.code, moved.exit], ["stage/refused", 4]);
  await json(at("move", "a", "merge", "--force", "--reason", "really"));
  const stolen = await json<Shown>(at("steal", "b", "--reason", "now"));
  assert.equal(stolen.state, "confirmed");
  assert.equal((await json<Shown[]>(at("claims"))).length, 1);
  await json(at("release", "b", "--force"));
  assert.deepEqual(await json(at("claims")), []);
  const { stdout } = await towline(at("log", "a"));
  assert.match(stdout, /claimed \(epoch 1\)/u);
  assert.match(stdout, /failed \(epoch 1\): red/u);
});

test("a claim that the hub cannot confirm is refused, and one that asks nobody says so", async (t) => {
  const { at } = await pipeline(t, ["a"]);
  const env = { TOWLINE_RENDEZVOUS: "ws://127.0.0.1:9/crdt-sync" };
  const refused = await failure(at("claim", "a", "--wait-timeout", "100ms"), { env });
  assert.deepEqual([refused.code, refused.exit], ["claim/unconfirmed", 5]);
  const alone = await json<Shown>(at("claim", "a", "--confirm", "none"), { env });
  assert.deepEqual([alone.state, alone.guarantee, alone.epoch], ["tentative", "none", 1]);
  assert.equal((await failure(at("claim", "a", "--confirm", "luck"))).code, "usage/invalid");
});

test("an agent gives a command the item, keeps its output, and moves the item on", async (t) => {
  const { dir, at } = await pipeline(t, ["a"]);
  const command =
    'cat > stdin.json; cmp stdin.json "$TOWLINE_ITEM_FILE" && pwd && ' +
    'echo "$TOWLINE_ITEM/$TOWLINE_TITLE/$TOWLINE_EPOCH/$TOWLINE_TRY" && touch "$TOWLINE_DIR/seen-$TOWLINE_CLAIM"';
  const agent = await towline(at("agent", "--once", "--json", "--to", "qa", "--run", command));
  assert.equal(agent.code, 0, agent.stderr);
  const events = agent.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; claim?: string });
  assert.deepEqual(
    events.map(({ event }) => event),
    ["ready", "taken", "done"],
  );
  assert.ok(existsSync(join(dir, `seen-${events[1]?.claim ?? ""}`)));
  const shown = await json<Shown>(at("show", "a"));
  assert.equal(shown.stage, "qa");
  assert.match(shown.output ?? "", /agent\/item-a\/work\na\/a\/1\/1\n$/u);
  const nothing = await failure(at("agent", "--once", "--stage", "coding", "--run", "true"));
  assert.deepEqual([nothing.code, nothing.exit], ["next/none", 3]);
  assert.equal(
    (await failure(at("agent", "--run", "x", "--stage", "done", "--to", "qa"))).code,
    "stage/refused",
  );
});

test("a command that fails or takes too long uses up tries, and then blocks the item", async (t) => {
  const { at } = await pipeline(t, ["a"]);
  const env = { TOWLINE_RETRY_WAIT: "100ms" };
  const flags = ["agent", "--once", "--retries", "1", "--json"];
  const failed = await towline(at(...flags, "--run", "echo broken; exit 7"), { env });
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, new RegExp("run/failed", "u"));
  const slow = ["--timeout", "200ms", "--kill-after", "200ms", "--run", "trap '' TERM; sleep 60"];
  assert.equal((await towline(at(...flags, ...slow), { env })).code, 1);
  const shown = await json<Shown>(at("show", "a"));
  assert.deepEqual([shown.retries, shown.blocked, shown.stage], [2, true, "coding"]);
  assert.match(shown.reason ?? "", /longer than 0.2 s/u);
});

test("agents that start at once on one folder share its node", async (t) => {
  const { at } = await pipeline(t, ["a", "b", "c"]);
  const flags = ["--once", "--json", "--stage", "coding", "--run", "sleep 0.2"];
  const ended = await Promise.all([1, 2, 3].map(() => towline(at("agent", ...flags))));
  // The one that runs the node ends as well, and others may have to take over.
  assert.deepEqual(
    ended.map(({ code }) => code),
    [0, 0, 0],
    JSON.stringify(ended),
  );
  const shown = await json<Shown[]>(at("list"));
  assert.deepEqual(
    shown.map(({ stage }) => stage),
    ["qa", "qa", "qa"],
  );
});

test("a command may end its own claim, and a late end is refused", async (t) => {
  const { at } = await pipeline(t, ["a"]);
  const program = `${process.execPath} ${join(import.meta.dirname, "../src/cli/main.ts")}`;
  const command = `${program} done a --to merge && ${program} done a --to merge`;
  const agent = await towline(at("agent", "--once", "--json", "--run", command));
  assert.equal(agent.code, 0, agent.stdout + agent.stderr);
  assert.equal((await json<Shown>(at("show", "a"))).stage, "merge");
});

test("an agent that is stopped gives back its item; one that is killed leaves no command", async (t) => {
  const { dir, at } = await pipeline(t, ["a"]);
  const start = async (): Promise<{
    child: ReturnType<typeof spawnTowline>;
    pid: number;
    started: string;
  }> => {
    const child = spawnTowline(at("agent", "--json", "--run", "sleep 600"));
    t.after(() => child.kill("SIGKILL"));
    const path = join(dir, "agent/item-a/run.json");
    const record = await until(
      () => {
        if (!existsSync(path)) return null;
        const found = JSON.parse(readFileSync(path, "utf8") || "null") as {
          pid: number;
          started: string;
          agentPid: number;
        } | null;
        return found?.agentPid === child.pid ? found : null;
      },
      "the command runs",
      20_000,
    );
    return { child, ...record };
  };
  const first = await start();
  const closed = new Promise((resolve) => first.child.on("close", resolve));
  first.child.kill("SIGTERM");
  assert.equal(await closed, 0);
  const [row] = await json<Shown[]>(at("claims", "--all"));
  assert.deepEqual([row?.state, row?.reason], ["free", "the agent was stopped"]);
  assert.equal((await json<Shown>(at("show", "a"))).retries, undefined, "no try is used up");
  const second = await start();
  second.child.kill("SIGKILL");
  await until(() => !isSame(second.pid, second.started), "the command is gone", 15_000);
  const again = await towline(at("agent", "--json", "--once", "--run", "true"));
  assert.match(again.stdout, /"recovered","item":"a"/u);
  assert.equal((await json<Shown>(at("show", "a"))).stage, "qa");
});
