/**
 * Traces as a port: what a node does in spans, for whoever collects them. Off unless the standard
 * OTEL_ variables switch it on, and then nothing of it is loaded and nothing is counted.
 */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  readonly kind?: "server" | "client" | "internal";
  readonly attributes?: SpanAttributes;
  /** W3C traceparent of what it belongs to; else it is below the span that it is started within. */
  readonly parent?: string | null;
}

export interface Span {
  /** For others that go on with the trace; null when there is none. */
  readonly traceparent: string | null;
  set(attributes: SpanAttributes): void;
  /** `failure` says why it failed: a code, never a message with details. */
  end(failure?: string): void;
}

export interface Tracing {
  start(name: string, options?: SpanOptions): Span;
  /** Spans that are started in `work`, and in what it awaits, are below `span`. */
  within<Result>(span: Span, work: () => Result): Result;
  /** Sends what is left, for a bounded time. */
  close(): Promise<void>;
}

const noSpan: Span = {
  traceparent: null,
  set: () => undefined,
  end: () => undefined,
};

export const noTracing: Tracing = {
  start: () => noSpan,
  within: (_, work) => work(),
  close: () => Promise.resolve(),
};

/** Runs `work` in a span of its own, which ends with it, with its error's code when it fails. */
export async function traced<Result>(
  tracing: Tracing,
  [name, options]: readonly [name: string, options: SpanOptions],
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  if (tracing === noTracing) return await work(noSpan);
  const span = tracing.start(name, options);
  try {
    const result = await tracing.within(span, () => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(codeOf(error));
    throw error;
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" ? code : "bug";
}
