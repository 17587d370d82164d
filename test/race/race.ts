/** Many agents, one list of items: how often is one done, and do all agree who did it? */
import { until } from "../support/until.ts";
import { duplicatesIn, RaceMesh } from "./mesh.ts";

export interface RaceOptions {
  readonly agents: number;
  readonly nodes: number;
  readonly items: number;
  readonly confirm: string;
  /** What a command takes, in milliseconds. */
  readonly workMs: number;
  readonly say: (text: string) => void;
}

export interface RaceResult {
  readonly agents: number;
  readonly nodes: number;
  readonly items: number;
  /** Items whose command ended well at least once. */
  readonly completed: number;
  /** Commands beyond the first that ran to their end for one item. */
  readonly duplicates: number;
  /** Commands that were begun. */
  readonly begun: number;
  readonly winners_differ: number;
  readonly seconds: number;
}

/** How long a race may stand still. */
const standstillMs = 60_000;

export async function race(options: RaceOptions): Promise<RaceResult> {
  const { agents, nodes, items, confirm, workMs, say } = options;
  const mesh = await RaceMesh.start({ nodes, items, say });
  try {
    for (let number = 0; number < agents; number += 1) {
      const flags = ["--confirm", confirm];
      mesh.agent(1 + (number % nodes), { name: `agent-${number}`, ms: workMs, flags });
    }
    await Promise.all(mesh.agents.map(async (agent) => await agent.line()));
    say(`${agents} agents on ${nodes} nodes and a hub work`);
    const startedAt = performance.now();
    await allEnded(mesh, items);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    // They finish what they began, and give back what they had just taken.
    await Promise.all(mesh.agents.map(async (agent) => await agent.stop()));
    await mesh.settled();
    const { begun, ended } = mesh.runs();
    return {
      ...{ agents, nodes, items, seconds },
      completed: ended.size,
      duplicates: duplicatesIn(ended),
      begun: [...begun.values()].reduce((sum, count) => sum + count, 0),
      winners_differ: await mesh.winnersDiffer(),
    };
  } finally {
    await mesh.close();
  }
}

/** Waits until each item was done, for as long as something moves. */
async function allEnded(mesh: RaceMesh, items: number): Promise<void> {
  let [last, since] = [-1, performance.now()];
  await until(
    () => {
      const { ended } = mesh.runs();
      if (ended.size !== last) [last, since] = [ended.size, performance.now()];
      if (performance.now() - since > standstillMs) throw new Error(complaint(mesh, last, items));
      return ended.size >= items;
    },
    () => complaint(mesh, last, items),
    3_600_000,
  );
}

function complaint(mesh: RaceMesh, done: number, items: number): string {
  const told = mesh.agents.flatMap((agent) => agent.events().slice(-2)).slice(0, 20);
  const errors = mesh.agents.map(({ stderr }) => stderr).join("");
  return `${done} of ${items} items were done: ${JSON.stringify(told)} ${errors}`;
}
