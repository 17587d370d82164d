/** Figures of the node itself. */
import { Counter, Gauge } from "prom-client";
import type { Registry } from "prom-client";
import type { NodeStatus } from "../../api/types.ts";
import type { Web } from "../web.ts";

interface Figure {
  readonly name: string;
  readonly help: string;
  /** Null for what is not known. */
  readonly read: (status: NodeStatus, web: Web) => number | null;
}

const gauges: readonly Figure[] = [
  { name: "up_seconds", help: "Since the node was opened", read: ({ upMs }) => upMs / 1_000 },
  { name: "log_ops", help: "Ops in the log", read: ({ ops }) => ops },
  { name: "db_bytes", help: "Size of the database", read: ({ dbBytes }) => dbBytes },
  { name: "disk_free_bytes", help: "Free on its disk", read: ({ diskFreeBytes }) => diskFreeBytes },
  { name: "ops_pending", help: "Ops that wait for an ancestor", read: ({ pending }) => pending },
  { name: "pending_bytes", help: "Bytes of these", read: ({ pendingBytes }) => pendingBytes },
  {
    name: "pending_oldest_seconds",
    help: "How long the oldest of these has waited",
    read: ({ pendingOldestMs }) => (pendingOldestMs ?? 0) / 1_000,
  },
  { name: "forks", help: "Places where a log is forked", read: ({ forks }) => forks.length },
  { name: "stuck_claims", help: "Own claims unconfirmed for a minute", read: (s) => s.stuckClaims },
  {
    name: "present_nodes",
    help: "Other nodes heard of lately",
    read: ({ present }) => present.length,
  },
  { name: "attention", help: "What a person should look at", read: (s) => s.attention.length },
  {
    name: "store_ok",
    help: "1 while the disk takes writes",
    read: (s) => (s.problem === null ? 1 : 0),
  },
  {
    name: "event_clients",
    help: "Clients that follow events",
    read: (_, web) => web.events.clients,
  },
  { name: "sessions", help: "Sessions of browsers", read: (_, web) => web.sessions.size },
];

const counters: readonly Figure[] = [
  { name: "ops_rejected_total", help: "Ops that were refused", read: ({ rejected }) => rejected },
  { name: "pending_dropped_total", help: "Ops that waited in vain", read: (s) => s.pendingDropped },
  {
    name: "divergences_total",
    help: "Times a peer and this node fell apart",
    read: (s) => s.divergences,
  },
  {
    name: "recovered_ops_total",
    help: "Own ops that peers gave back",
    read: ({ recovered }) => recovered,
  },
  {
    name: "loop_stalls_total",
    help: "Pauses of the event loop of a second",
    read: ({ loop }) => loop?.stalls ?? null,
  },
];

export function addNodeFigures(web: Web, registers: Registry[]): void {
  const { node } = web.host;
  const look = statusOf(web);
  for (const { name, help, read } of gauges) {
    new Gauge({
      name: `towline_${name}`,
      help,
      registers,
      collect() {
        const value = read(look(), web);
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }
  for (const { name, help, read } of counters) {
    new Counter({
      name: `towline_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(look(), web) ?? 0);
      },
    });
  }
  addLabelled(web, registers, look);
  const applied = new Counter({
    name: "towline_ops_applied_total",
    help: "Ops that were applied and are durable, since the node was opened",
    registers,
  });
  node.on("applied", ({ count }) => applied.inc(count));
}

function addLabelled(web: Web, registers: Registry[], look: () => NodeStatus): void {
  const { node } = web.host;
  new Gauge({
    name: "towline_info",
    help: "1, with what this node is",
    labelNames: ["version", "node", "mesh"],
    registers,
    collect() {
      const { version } = look();
      this.set({ version, node: node.id.slice(0, 8), mesh: node.mesh.slice(0, 8) }, 1);
    },
  });
  new Gauge({
    name: "towline_claims",
    help: "Claims that have not ended",
    labelNames: ["state"],
    registers,
    collect() {
      this.reset();
      for (const state of ["tentative", "confirmed", "expired"] as const) {
        this.set({ state }, look().claims[state] ?? 0);
      }
    },
  });
}

/** One status for all figures of a look, since it takes work to make. */
export function statusOf(web: Web): () => NodeStatus {
  const { node } = web.host;
  let status: NodeStatus | null = null;
  return () => {
    if (status === null) setImmediate(() => (status = null));
    status ??= node.status();
    return status;
  };
}
