/** Three real nodes in this process, each with its own folder and port: a hub and two around it. */
import { join } from "node:path";
import type { TowlineNode } from "../src/api/index.ts";
import { foundMesh, joinMesh, openNode } from "../src/api/index.ts";
import { Line } from "./line.ts";

export interface DemoNode {
  readonly name: string;
  readonly node: TowlineNode;
  /** Its line to the hub; null for the hub itself. */
  readonly line: Line | null;
  /** The URL at which it dials the hub through the line. */
  readonly hubUrl: string | null;
  /** Ops that it wrote. */
  written: number;
}

export interface DemoMesh extends AsyncDisposable {
  /** The hub stands in the middle. */
  readonly nodes: readonly [DemoNode, DemoNode, DemoNode];
  readonly hub: DemoNode;
  /** Ops that exist anywhere. */
  union(): number;
}

const hubName = "harbour";

/** Founds a mesh in `dir` and lets two nodes join it by invitation, through lines to be cut. */
export async function openMesh(dir: string): Promise<DemoMesh> {
  const opened: (TowlineNode | Line)[] = [];
  try {
    const hubDir = join(dir, hubName);
    foundMesh({ dir: hubDir, name: hubName });
    const listen = { host: "127.0.0.1", port: 0 };
    const node = await openNode({ dir: hubDir, listen, settings: { name: hubName } });
    opened.push(node);
    const hub: DemoNode = { name: hubName, node, line: null, hubUrl: null, written: 0 };
    const founding = node.digest().count;
    const north = await joinThroughLine(join(dir, "north"), { name: "north", hub: node, opened });
    const south = await joinThroughLine(join(dir, "south"), { name: "south", hub: node, opened });
    const nodes = [north, hub, south] as const;
    return {
      nodes,
      hub,
      union: () => nodes.reduce((sum, { written }) => sum + written, founding),
      [Symbol.asyncDispose]: () => closeAll(opened),
    };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function joinThroughLine(
  dir: string,
  from: {
    readonly name: string;
    readonly hub: TowlineNode;
    readonly opened: (TowlineNode | Line)[];
  },
): Promise<DemoNode> {
  const { name, hub, opened } = from;
  const line = await Line.open(Number(new URL(hub.url ?? "").port));
  opened.push(line);
  const url = `ws://127.0.0.1:${line.port}/crdt-sync`;
  const { token } = await hub.invite({ url });
  const joined = await joinMesh({ dir, name, url, token, key: hub.id });
  const listen = { host: "127.0.0.1", port: 0 };
  const node = await openNode({ dir, listen, settings: { name } });
  opened.push(node);
  node.addRendezvous(joined.url);
  return { name, node, line, hubUrl: joined.url, written: 0 };
}

async function closeAll(opened: readonly (TowlineNode | Line)[]): Promise<void> {
  for (const each of [...opened].reverse()) await each.close();
}

/**
 * Heals the line of a node and lets it dial at once, as a laptop does that sees its network come
 * back; otherwise it would try again when its backoff says so.
 */
export function heal({ node, line, hubUrl }: DemoNode): void {
  if (line === null || hubUrl === null) return;
  line.heal();
  node.removeRendezvous(hubUrl);
  node.addRendezvous(hubUrl);
}
