/**
 * Sums up CPU profiles: which functions the time went to, by self time and by time with callees.
 *   node bench/profile.ts FILE.cpuprofile …
 */
import { readFileSync } from "node:fs";

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const rows = 25;

for (const path of process.argv.slice(2)) {
  console.log(`\n${path}`);
  for (const line of summaryOf(JSON.parse(readFileSync(path, "utf8")) as Profile)) {
    console.log(line);
  }
}

function summaryOf(profile: Profile): readonly string[] {
  const self = new Map<number, number>();
  profile.samples.forEach((id, at) => {
    self.set(id, (self.get(id) ?? 0) + (profile.timeDeltas[at] ?? 0));
  });
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const selfByName = new Map<string, number>();
  const totalByName = new Map<string, number>();
  const walk = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const name = nameOf(node);
    const own = self.get(node.id) ?? 0;
    const inside = new Set(above).add(name);
    let total = own;
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) total += walk(child, inside);
    }
    selfByName.set(name, (selfByName.get(name) ?? 0) + own);
    // A function that calls itself is counted once.
    if (!above.has(name)) totalByName.set(name, (totalByName.get(name) ?? 0) + total);
    return total;
  };
  const root = profile.nodes[0];
  if (root === undefined) return ["empty"];
  walk(root, new Set());
  const idle = selfByName.get("(idle)") ?? 0;
  const busy = [...selfByName.values()].reduce((sum, each) => sum + each, 0) - idle;
  return [
    `busy ${toMs(busy)} ms, idle ${toMs(idle)} ms`,
    ...table("self", selfByName, busy),
    ...table("with callees", totalByName, busy),
  ];
}

function table(title: string, times: ReadonlyMap<string, number>, busy: number): string[] {
  const sorted = [...times]
    .filter(([name]) => !["(idle)", "(root)"].includes(name))
    .sort((one, other) => other[1] - one[1]);
  const lines = sorted.slice(0, rows).map(([name, us]) => {
    const share = `${((100 * us) / busy).toFixed(1)} %`;
    return `${toMs(us).padStart(8)} ms ${share.padStart(7)}  ${name}`;
  });
  return [`-- ${title}`, ...lines];
}

function toMs(us: number): string {
  return (us / 1_000).toFixed(0);
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.replace(/^.*\/(src|bench|node_modules)\//u, "$1/");
  const place = url === "" ? "" : ` ${file}:${String(lineNumber + 1)}`;
  return `${functionName === "" ? "(anonymous)" : functionName}${place}`;
}
