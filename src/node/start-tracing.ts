/** Switches traces on when the standard OTEL_ variables ask for them. */
import type { Logger } from "./logger.ts";
import type { Tracing } from "./tracing.ts";
import { noTracing } from "./tracing.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Which exporter the variables ask for; null for none. */
export function exporterOf(env: Env): "otlp" | "console" | "unknown" | null {
  if (env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true") return null;
  const asked = env["OTEL_TRACES_EXPORTER"]?.trim().toLowerCase() ?? "";
  if (asked === "none") return null;
  if (asked === "otlp" || asked === "console") return asked;
  if (asked !== "") return "unknown";
  const endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  return endpoints.some((name) => (env[name] ?? "") !== "") ? "otlp" : null;
}

/** Tracing as the variables of this process say. */
export async function startTracing(logger: Logger): Promise<Tracing> {
  const exporter = exporterOf(process.env);
  if (exporter === null) return noTracing;
  if (exporter === "unknown") {
    logger.warn({}, "OTEL_TRACES_EXPORTER is none of otlp, console and none: nothing is traced");
    return noTracing;
  }
  const { openTelemetry } = await import("./tracing-otel.ts");
  return openTelemetry(exporter, logger);
}
