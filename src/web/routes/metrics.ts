/** Figures for Prometheus. */
import { metricsOf } from "../metrics/metrics.ts";
import { text } from "../schemas/parts.ts";
import { route } from "../web.ts";

export const metricsRoutes = [
  route({
    method: "GET",
    url: "/metrics",
    access: "local",
    tag: "operation",
    summary: "Figures in the text format of Prometheus",
    gives: "text/plain",
    answers: { 200: text },
    handle: async ({ web, reply }) => {
      const metrics = metricsOf(web);
      void reply.type(metrics.contentType).header("cache-control", "no-store");
      return await metrics.text();
    },
  }),
];
