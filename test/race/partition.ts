/** The line of one node to the hub is cut while agents work on both sides, and healed later. */
import { until } from "../support/until.ts";
import { duplicatesIn, RaceMesh } from "./mesh.ts";

export interface PartitionOptions {
  readonly items: number;
  readonly confirm: "hub" | "none";
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly workMs: number;
  /** Nothing more is begun when nothing was for so long. */
  readonly quietMs: number;
  readonly say: (text: string) => void;
}

export interface PartitionResult {
  readonly confirm: string;
  readonly items: number;
  readonly completed: number;
  readonly duplicates: number;
  /** More of them would break the promise. */
  readonly duplicates_max: number;
  readonly winners_differ: number;
  /** Claims that an agent on the side that was cut off could not confirm. */
  readonly unconfirmed: number;
}

const agentsPerNode = 2;
/** A reconnect takes up to 30 s of backoff. */
const waitMs = 120_000;

export async function partition(options: PartitionOptions): Promise<PartitionResult> {
  const { items, confirm, leaseMs, graceMs, workMs, quietMs, say } = options;
  const env = { TOWLINE_LEASE: `${leaseMs}ms`, TOWLINE_LEASE_GRACE: `${graceMs}ms` };
  const mesh = await RaceMesh.start({ nodes: 2, items, env, say });
  try {
    for (const node of [1, 2]) {
      for (let number = 0; number < agentsPerNode; number += 1) {
        const name = `agent-${node}-${number}`;
        const flags = ["--confirm", confirm, "--wait-timeout", "1s"];
        mesh.agent(node, { name, ms: workMs, flags });
      }
    }
    await until(() => mesh.runs().ended.size >= items / 4, "a quarter is done", waitMs);
    mesh.nodes[2]?.line?.cut();
    const atCut = mesh.runs().ended.size;
    say(`${confirm}: after ${atCut} of ${items} items the line of node 2 is cut`);
    await until(() => mesh.runs().ended.size >= items, "the rest is done", waitMs);
    // The side that is cut off goes on with what it believes to be free, if it may.
    await quiet(mesh, quietMs);
    const unconfirmed = countOf(mesh, "waiting");
    mesh.nodes[2]?.line?.heal();
    say(`${confirm}: healed`);
    await mesh.settled(waitMs);
    await quiet(mesh, quietMs);
    await Promise.all(mesh.agents.map(async (agent) => await agent.stop()));
    await mesh.settled(waitMs);
    const { ended } = mesh.runs();
    if (confirm === "hub") for (const line of mesh.twice()) say(`  twice: ${line}`);
    return {
      confirm,
      items,
      completed: ended.size,
      duplicates: duplicatesIn(ended),
      // Without confirmation both sides may do all that is left. With it, what the cut-off side was
      // doing at the cut may be done again, since nobody hears that it was done.
      duplicates_max: confirm === "none" ? items - atCut + 2 * agentsPerNode : agentsPerNode,
      winners_differ: await mesh.winnersDiffer(),
      unconfirmed,
    };
  } finally {
    await mesh.close();
  }
}

/** Nothing is begun any more. */
async function quiet(mesh: RaceMesh, quietMs: number): Promise<void> {
  let [count, since] = [-1, performance.now()];
  await until(
    () => {
      const begun = [...mesh.runs().begun.values()].reduce((sum, each) => sum + each, 0);
      if (begun !== count) [count, since] = [begun, performance.now()];
      return performance.now() - since > quietMs;
    },
    "nothing is begun any more",
    waitMs,
  );
}

function countOf(mesh: RaceMesh, event: string): number {
  return mesh.agents.flatMap((agent) => agent.events().filter((each) => each["event"] === event))
    .length;
}
