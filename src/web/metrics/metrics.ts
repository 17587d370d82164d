/** Figures of a node for Prometheus: read when they are asked for; those of HTTP are counted. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Web } from "../web.ts";
import { ItemCounts } from "./item-counts.ts";
import { addNodeFigures } from "./node-figures.ts";
import { addPeerFigures } from "./peer-figures.ts";

/** Of one answered request. */
export interface Answered {
  readonly method: string;
  /** The route as it was registered, never the path: paths are without number. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<"method" | "route" | "status">;
  readonly #seconds: Histogram<"route">;

  constructor(web: Web) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: "towline_http_requests_total",
      help: "Requests that were answered",
      labelNames: ["method", "route", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "towline_http_request_seconds",
      help: "How long answers took, streams excepted",
      labelNames: ["route"],
      buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
      registers,
    });
    addNodeFigures(web, registers);
    addPeerFigures(web, registers);
    const counts = new ItemCounts(web.host.node);
    new Gauge({
      name: "towline_items",
      help: "Live items",
      labelNames: ["stage"],
      registers,
      async collect() {
        const found = await counts.byStage();
        this.reset();
        for (const [stage, count] of found) this.set({ stage }, count);
      },
    });
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  answered({ method, route, status, seconds }: Answered): void {
    this.#requests.inc({ method, route, status });
    this.#seconds.observe({ route }, seconds);
  }

  async text(): Promise<string> {
    return await this.#registry.metrics();
  }
}

const metrics = new WeakMap<Web, Metrics>();

export function metricsOf(web: Web): Metrics {
  const known = metrics.get(web) ?? new Metrics(web);
  metrics.set(web, known);
  return known;
}
