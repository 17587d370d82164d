/** Whether the process lives and whether the node is ready: for whoever starts and watches it. */
import { setTimeout as after } from "node:timers/promises";
import { loopLagMaxMs } from "../../base/limits.ts";
import { flag, number, object, query, text } from "../schemas/parts.ts";
import type { Call, Web } from "../web.ts";
import { route } from "../web.ts";

const open = { method: "GET", access: "open", tag: "operation" } as const;

interface Check {
  readonly ok: boolean;
  readonly text: string;
}

const check = object({ ok: flag, text });
const checkNames = ["store", "replay", "listening", "draining"] as const;

const healthSchema = object({ ok: flag, loopLagMs: number });
const readySchema = object({
  ready: flag,
  checks: object({ ...Object.fromEntries(checkNames.map((name) => [name, check])), peers: check }, [
    "peers",
  ]),
});

export const healthRoutes = [
  route({
    ...open,
    url: "/healthz",
    summary: "Whether the process lives and its event loop goes round; 503 when it hardly does",
    answers: { 200: healthSchema, 503: healthSchema },
    handle: async ({ reply }) => {
      const before = performance.now();
      await after(1);
      const loopLagMs = Math.max(0, Math.round(performance.now() - before - 1));
      const ok = loopLagMs < loopLagMaxMs;
      void reply.code(ok ? 200 : 503).header("cache-control", "no-store");
      return { ok, loopLagMs };
    },
  }),
  route<object, { readonly peers?: boolean }>({
    ...open,
    url: "/readyz",
    summary: "Whether the node takes reads and writes; with peers=1, whether a peer is in step",
    query: query({ peers: flag }),
    answers: { 200: readySchema, 503: readySchema },
    handle: ({
      web,
      query: { peers = false },
      reply,
    }: Call<object, { peers?: boolean }, undefined>) => {
      const checks = { ...checksOf(web), ...(peers && { peers: peerCheck(web) }) };
      const ready = Object.values(checks).every(({ ok }) => ok);
      void reply.code(ready ? 200 : 503).header("cache-control", "no-store");
      return { ready, checks };
    },
  }),
];

function checksOf(web: Web): Readonly<Record<(typeof checkNames)[number], Check>> {
  const { node } = web.host;
  const { problem } = node.status();
  return {
    store: { ok: problem === null, text: problem?.code ?? "takes writes" },
    // The log is read before the first request is taken.
    replay: { ok: true, text: `${node.arrivals.durable} ops` },
    listening: { ok: node.url !== null, text: node.url === null ? "no" : "yes" },
    draining: { ok: !web.isDraining(), text: web.isDraining() ? "about to stop" : "no" },
  };
}

function peerCheck(web: Web): Check {
  const { inSync, peers } = web.host.node.status().sync;
  return { ok: inSync > 0, text: `in step with ${inSync} of ${peers}` };
}
