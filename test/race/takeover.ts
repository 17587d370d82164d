/** An agent dies in the middle of its work, and then a whole machine: who goes on, and how soon? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { itemFolder, recordName } from "../../src/runner/folders.ts";
import { isSame } from "../../src/runner/processes.ts";
import { until } from "../support/until.ts";
import type { Running } from "./mesh.ts";
import { duplicatesIn, itemName, RaceMesh } from "./mesh.ts";

export interface TakeoverOptions {
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly say: (text: string) => void;
}

export interface TakeoverResult {
  readonly items: number;
  readonly completed: number;
  readonly duplicates: number;
  readonly winners_differ: number;
  readonly lease_ms: number;
  readonly grace_ms: number;
  /** From the death of the agent, while its node lived on, to the next claim of the item. */
  readonly agent_killed_ms: number;
  /** From the death of agent and node to the next claim of the item. */
  readonly machine_killed_ms: number;
  /** Commands of dead agents that were still there a moment later. */
  readonly orphans: number;
}

/** How long a command of a dead agent may take to end: it does not mind SIGTERM. */
const orphanMs = 5_000;
/** Reconnects, commits and a busy machine come on top of lease and grace. */
const slackMs = 20_000;

export async function takeover(options: TakeoverOptions): Promise<TakeoverResult> {
  const { leaseMs, graceMs, say } = options;
  const agent = await oneDeath(options, false);
  say(`an agent was killed: another one took over after ${agent.ms} ms`);
  const machine = await oneDeath(options, true);
  say(`agent and node were killed: another one took over after ${machine.ms} ms`);
  return {
    items: agent.items + machine.items,
    completed: agent.completed + machine.completed,
    duplicates: agent.duplicates + machine.duplicates,
    winners_differ: agent.winners_differ + machine.winners_differ,
    lease_ms: leaseMs,
    grace_ms: graceMs,
    agent_killed_ms: agent.ms,
    machine_killed_ms: machine.ms,
    orphans: Number(agent.isOrphan) + Number(machine.isOrphan),
  };
}

const items = 2;

interface Death {
  readonly ms: number;
  readonly isOrphan: boolean;
  readonly items: number;
  readonly completed: number;
  readonly duplicates: number;
  readonly winners_differ: number;
}

async function oneDeath(options: TakeoverOptions, withNode: boolean): Promise<Death> {
  const { leaseMs, graceMs, say } = options;
  const env = { TOWLINE_LEASE: `${leaseMs}ms`, TOWLINE_LEASE_GRACE: `${graceMs}ms` };
  const mesh = await RaceMesh.start({ nodes: 2, items, env, say });
  try {
    const { ms, isOrphan } = await death(mesh, options, withNode);
    const { ended } = mesh.runs();
    // The node that was killed is started by nobody; the others have to agree.
    const boards = [await mesh.winners(0), await mesh.winners(2)];
    const keys = boards.map((rows) => rows.map((row) => `${row.item} ${row.claim ?? ""}`));
    const winnersDiffer = keys[0]?.filter((key, at) => keys[1]?.[at] !== key).length ?? 0;
    const [completed, duplicates] = [ended.size, duplicatesIn(ended)];
    return { ms, isOrphan, items, completed, duplicates, winners_differ: winnersDiffer };
  } finally {
    await mesh.close();
  }
}

/** One agent takes an item, and dies; another one on another node does it. */
async function death(
  mesh: RaceMesh,
  { leaseMs, graceMs }: TakeoverOptions,
  withNode: boolean,
): Promise<{ readonly ms: number; readonly isOrphan: boolean }> {
  const victim = mesh.agent(1, { name: "victim", ms: 600_000 });
  const item = await takenBy(victim);
  const record = await until(() => recordOf(mesh, item), "the victim runs its command", 20_000);
  const heir = mesh.agent(2, { name: "heir", ms: 0 });
  await until(
    () => othersAreDone(mesh, item),
    "the heir has nothing left to do but to wait",
    60_000,
  );
  const killedAt = performance.now();
  if (withNode) mesh.nodes[1]?.running.child.kill("SIGKILL");
  victim.child.kill("SIGKILL");
  await until(
    () => heir.events().some((event) => event["event"] === "done" && event["item"] === item),
    () => `another agent does ${item}; it said ${heir.stdout}${heir.stderr}`,
    leaseMs + graceMs + slackMs,
  );
  const ms = Math.round(performance.now() - killedAt);
  const isGone = await until(() => !isSame(record.pid, record.started), "it ended", orphanMs)
    .then(() => true)
    .catch(() => false);
  await heir.stop();
  return { ms, isOrphan: !isGone };
}

/** True when each item but `item` was done. */
function othersAreDone(mesh: RaceMesh, item: string): boolean {
  const { ended } = mesh.runs();
  return Array.from({ length: items }, (_, number) => number).every(
    (number) => itemName(number) === item || ended.has(itemName(number)),
  );
}

async function takenBy(agent: Running): Promise<string> {
  const event = await until(
    () => agent.events().find((each) => each["event"] === "taken"),
    () => `the agent takes an item; it said ${agent.stdout}${agent.stderr}`,
    60_000,
  );
  return String(event["item"]);
}

interface Record {
  readonly pid: number;
  readonly started: string;
}

function recordOf(mesh: RaceMesh, item: string): Record | null {
  const dir = mesh.nodes[1]?.dir ?? "";
  try {
    return JSON.parse(readFileSync(join(itemFolder(dir, item), recordName), "utf8")) as Record;
  } catch {
    return null;
  }
}
