/** Tracing by the OpenTelemetry SDK. Nothing is registered globally: a host program has its own. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Context, Span as OtelSpan, SpanContext } from "@opentelemetry/api";
import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { traceCloseMs, traceComplaintMs } from "../base/edge-limits.ts";
import type { Logger } from "./logger.ts";
import type { Span, SpanAttributes, SpanOptions, Tracing } from "./tracing.ts";
import { packageVersion } from "./version.ts";

export function openTelemetry(exporter: "otlp" | "console", logger: Logger): Tracing {
  diag.setLogger(complaints(logger), {
    logLevel: DiagLogLevel.WARN,
    suppressOverrideMessage: true,
  });
  const version = packageVersion();
  const own = resourceFromAttributes({ "service.name": "towline", "service.version": version });
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new NodeTracerProvider({
    resource,
    spanProcessors: [
      new BatchSpanProcessor(exporter === "otlp" ? new OTLPTraceExporter() : new LineExporter()),
    ],
  });
  return new OtelTracing(provider, logger);
}

/** What goes wrong with an exporter is said by the SDK again and again. */
function complaints(logger: Logger): Parameters<typeof diag.setLogger>[0] {
  let saidAt = -Infinity;
  const say = (message: string): void => {
    const now = performance.now();
    if (now - saidAt < traceComplaintMs) return;
    saidAt = now;
    logger.warn({}, `tracing: ${message.slice(0, 300)}`);
  };
  const quiet = (): void => undefined;
  return { error: say, warn: say, info: quiet, debug: quiet, verbose: quiet };
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

class OtelTracing implements Tracing {
  readonly #provider: NodeTracerProvider;
  readonly #logger: Logger;
  readonly #tracer;
  readonly #current = new AsyncLocalStorage<OtelSpan>();

  constructor(provider: NodeTracerProvider, logger: Logger) {
    this.#provider = provider;
    this.#logger = logger;
    this.#tracer = provider.getTracer("towline", packageVersion());
  }

  start(name: string, { kind = "internal", attributes = {}, parent }: SpanOptions = {}): Span {
    const options = { kind: kinds[kind], attributes: { ...attributes } };
    return new OwnSpan(this.#tracer.startSpan(name, options, this.#parentOf(parent ?? null)));
  }

  #parentOf(traceparent: string | null): Context {
    const remote = traceparent === null ? null : parseTraceparent(traceparent);
    if (remote !== null) return trace.setSpanContext(ROOT_CONTEXT, remote);
    const current = this.#current.getStore();
    return current === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, current);
  }

  within<Result>(span: Span, work: () => Result): Result {
    return span instanceof OwnSpan ? this.#current.run(span.span, work) : work();
  }

  async close(): Promise<void> {
    const late = new Promise((resolve) => setTimeout(resolve, traceCloseMs).unref());
    const shutdown = this.#provider.shutdown().catch((error: unknown) => {
      this.#logger.warn({ error: String(error) }, "the last spans could not be sent");
    });
    await Promise.race([shutdown, late]);
  }
}

class OwnSpan implements Span {
  readonly span: OtelSpan;

  constructor(span: OtelSpan) {
    this.span = span;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes({ ...attributes });
  }

  end(failure?: string): void {
    if (failure !== undefined) {
      this.span.setStatus({ code: SpanStatusCode.ERROR });
      this.span.setAttribute("error.type", failure);
    }
    this.span.end();
  }
}

/** Null for what is no traceparent of version 00. */
export function parseTraceparent(text: string): SpanContext | null {
  const [, traceId = "", spanId = "", flags = ""] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/u.exec(text) ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return trace.isSpanContextValid(context) ? context : null;
}

type Exported = Parameters<Parameters<SpanExporter["export"]>[1]>[0];
/** Success; the SDK's own word for it is an enum of a package that is not ours. */
const exported = { code: 0 } as unknown as Exported;

/** A line of JSON for each span, on stderr: stdout is for results. */
class LineExporter implements SpanExporter {
  export(spans: ReadableSpan[], done: Parameters<SpanExporter["export"]>[1]): void {
    for (const span of spans) process.stderr.write(`${JSON.stringify(lineOf(span))}\n`);
    done(exported);
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function lineOf(span: ReadableSpan): object {
  const { name, attributes, duration, parentSpanContext } = span;
  const { traceId, spanId } = span.spanContext();
  const ms = duration[0] * 1_000 + duration[1] / 1_000_000;
  const parent = parentSpanContext?.spanId ?? null;
  return { span: name, traceId, spanId, parent, ms, attributes };
}
