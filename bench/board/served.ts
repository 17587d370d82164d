/** A node with made items, in this process, served on a free port of this machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TowlineNode } from "../../src/api/index.ts";
import { foundMesh, openNode } from "../../src/api/index.ts";
import { resolveConfig } from "../../src/node/config.ts";
import { silentLogger } from "../../src/node/logger.ts";
import { WebServer } from "../../src/web/server.ts";
import { madeItems } from "./made-items.ts";

export interface ServedNode extends AsyncDisposable {
  readonly node: TowlineNode;
  readonly ids: readonly string[];
  /** An address that opens a session; a new one for each call. */
  readonly sessionUrl: () => string;
}

/** Items in one op. */
const batch = 200;
const agents = ["agent-1", "agent-2", "agent-3", "agent-4"];

export async function serveMade(count: number): Promise<ServedNode> {
  const dir = mkdtempSync(join(tmpdir(), "towline-board-"));
  foundMesh({ dir, name: "workshop" });
  const server = new WebServer(silentLogger);
  const listen = { host: "127.0.0.1", port: 0 };
  const settings = { open: true };
  const node = await openNode({ dir, listen, settings, httpHandler: server.handler });
  const { config } = resolveConfig({ flags: { port: "0" }, env: {}, dir });
  const port = server.serve({ node, config });
  const items = madeItems(count);
  for (let at = 0; at < items.length; at += batch) {
    await node.write([items.slice(at, at + batch).flatMap(({ changes }) => changes)]);
  }
  const working = items.filter(({ stage }) => stage === "coding" || stage === "qa").slice(0, 30);
  for (const [n, { id }] of working.entries()) await claim(node, id, agents[n % 4] ?? "");
  return {
    node,
    ids: items.map(({ id }) => id),
    sessionUrl: () => port.sessionUrl("ann"),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await node.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function claim(node: TowlineNode, item: string, actor: string): Promise<void> {
  await node.work.desk.claim(item, {
    actor,
    confirm: { kind: "hub" },
    waitMs: 1_000,
    ttlMs: null,
    isManual: true,
    reason: "",
    signal: AbortSignal.timeout(10_000),
    force: true,
  });
}

/** Writes so many changes a second, evenly, until stopped; says how many it wrote. */
export function churn({ node, ids }: ServedNode, perSecond: number): () => Promise<number> {
  const startedAt = performance.now();
  let written = 0;
  let last: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
    const ops = [];
    for (; written < due; written += 1) {
      const id = ids[(written * 31) % ids.length] ?? "";
      ops.push([["set", id, "x_seen", written] as const]);
    }
    if (ops.length > 0) last = node.write(ops);
  }, 20);
  return async () => {
    clearInterval(timer);
    await last;
    return written;
  };
}
