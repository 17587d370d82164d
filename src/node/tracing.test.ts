/** Traces: what switches them on, and that without that nothing is done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "./logger.ts";
import { exporterOf, startTracing } from "./start-tracing.ts";
import { parseTraceparent } from "./tracing-otel.ts";
import type { SpanOptions, Tracing } from "./tracing.ts";
import { noTracing, traced } from "./tracing.ts";

test("the standard variables switch tracing on, and off", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
  assert.equal(exporterOf({}), null);
  assert.equal(exporterOf(endpoint), "otlp");
  assert.equal(exporterOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://x" }), "otlp");
  assert.equal(exporterOf({ OTEL_TRACES_EXPORTER: "otlp" }), "otlp");
  assert.equal(exporterOf({ OTEL_TRACES_EXPORTER: "console" }), "console");
  assert.equal(exporterOf({ ...endpoint, OTEL_TRACES_EXPORTER: "none" }), null);
  assert.equal(exporterOf({ ...endpoint, OTEL_SDK_DISABLED: "TRUE" }), null);
  assert.equal(exporterOf({ ...endpoint, OTEL_TRACES_EXPORTER: "zipkin" }), "unknown");
  assert.equal(exporterOf({ OTEL_SERVICE_NAME: "x" }), null);
});

test("nothing is traced unless it is asked for", async () => {
  assert.equal(await startTracing(silentLogger), noTracing);
  const result = await traced(noTracing, ["x", {}], (span) => Promise.resolve(span.traceparent));
  assert.equal(result, null);
});

test("what fails ends its span with its code, and never with its message", async () => {
  const told: unknown[] = [];
  const tracing: Tracing = {
    start: (name: string, { attributes }: SpanOptions = {}) => ({
      traceparent: "t",
      set: () => undefined,
      end: (failure) => told.push([name, attributes, failure]),
    }),
    within: (_, work) => work(),
    close: () => Promise.resolve(),
  };
  await traced(tracing, ["fine", { attributes: { a: 1 } }], () => Promise.resolve());
  const coded = Object.assign(new Error("secret"), { code: "claim/lost" });
  for (const error of [coded, new Error("secret")]) {
    await assert.rejects(
      traced(tracing, ["bad", {}], () => Promise.reject(error)),
      error,
    );
  }
  assert.deepEqual(told, [
    ["fine", { a: 1 }, undefined],
    ["bad", undefined, "claim/lost"],
    ["bad", undefined, "bug"],
  ]);
});

test("a traceparent is read strictly", () => {
  const [trace, span] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  assert.deepEqual(parseTraceparent(`00-${trace}-${span}-01`), {
    ...{ traceId: trace, spanId: span, traceFlags: 1, isRemote: true },
  });
  for (const wrong of [
    "",
    `01-${trace}-${span}-01`,
    `00-${"0".repeat(32)}-${span}-01`,
    `00-${trace}-x-01`,
  ]) {
    assert.equal(parseTraceparent(wrong), null);
  }
});
