/** Traces of real processes, as a collector gets them. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { joinMesh, openNode } from "../src/api/index.ts";
import { AccessFile } from "../src/node/access-file.ts";
import { json, RunningNode, temporaryFolder, towline } from "../src/cli/testing/program.ts";
import { pipelineWith } from "./support/pipeline.ts";
import { until } from "./support/until.ts";

interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpSpan["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

class Collector {
  readonly spans: OtlpSpan[] = [];
  readonly services = new Set<unknown>();
  env: Readonly<Record<string, string>> = {};

  static async start(t: TestContext): Promise<Collector> {
    const collector = new Collector();
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      request.on("end", () => {
        collector.#take(JSON.parse(text) as OtlpBody);
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    collector.env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_SERVICE_NAME: "our-towline",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    };
    return collector;
  }

  #take({ resourceSpans }: OtlpBody): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === "service.name");
      this.services.add(Object.values(service?.value ?? {})[0]);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
    }
  }

  async named(name: string): Promise<OtlpSpan> {
    return await until(
      () => this.spans.find((span) => span.name === name),
      () => `there is a span ${name}; there are ${this.spans.map((span) => span.name).join(", ")}`,
    );
  }
}

interface Traced {
  readonly collector: Collector;
  readonly node: RunningNode;
  readonly dir: string;
}

/** A node with two items that is traced. */
async function tracedNode(t: TestContext): Promise<Traced> {
  const collector = await Collector.start(t);
  const dir = await pipelineWith(t, { one: {}, two: {} });
  const node = await RunningNode.start(["up", "--port", "0", "--dir", dir], { env: collector.env });
  t.after(() => node.stop());
  return { collector, node, dir };
}

test("a node is traced: requests, claims, writes, connections, the jobs of agents", async (t) => {
  const traced = await tracedNode(t);
  await t.test("a claim over HTTP is one trace down to the disk", () => claimOverHttp(traced));
  await t.test("a command goes on with the trace of its claim, in another process", (within) =>
    jobOfAgent(within, traced),
  );
  await t.test("a connection has its handshake and its first exchange", (within) =>
    connection(within, traced),
  );
});

async function claimOverHttp({ collector, node, dir }: Traced): Promise<void> {
  const { token } = new AccessFile(dir).add("editor", "bot");
  const [trace, span] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  const response = await fetch(`${node.ready.http}/api/v1/items/one/claim`, {
    method: "POST",
    body: "{}",
    headers: {
      ...{ authorization: `Bearer ${token}`, "content-type": "application/json" },
      traceparent: `00-${trace}-${span}-01`,
    },
  });
  assert.equal(response.status, 200);
  const request = await collector.named("POST /api/v1/items/:item/claim");
  assert.deepEqual([request.traceId, request.parentSpanId], [trace, span]);
  const claim = await collector.named("claim");
  assert.deepEqual([claim.traceId, claim.parentSpanId], [trace, request.spanId]);
  const writes = collector.spans.filter(({ parentSpanId }) => parentSpanId === claim.spanId);
  assert.deepEqual(new Set(writes.map(({ name }) => name)), new Set(["op.write"]));
  assert.deepEqual([...collector.services], ["our-towline"]);
  assert(!JSON.stringify(collector.spans).includes(token));
}

async function jobOfAgent(t: TestContext, { collector, dir }: Traced): Promise<void> {
  collector.spans.length = 0;
  const out = join(temporaryFolder(t), "traceparent");
  const run = ["--run", `printf %s "$TRACEPARENT" > ${out}`, "--once", "--dir", dir];
  const { code, stderr } = await towline(["agent", ...run], { env: collector.env });
  assert.equal(code, 0, stderr);
  const claim = await collector.named("claim");
  const job = await collector.named("agent.job");
  assert.deepEqual([job.traceId, job.parentSpanId], [claim.traceId, claim.spanId]);
  assert.equal(readFileSync(out, "utf8"), `00-${job.traceId}-${job.spanId}-01`);
}

async function connection(t: TestContext, { collector, dir }: Traced): Promise<void> {
  const leaf = join(temporaryFolder(t), "leaf");
  const { url, token, key } = await json<Invited>(["invite", "--dir", dir]);
  await joinMesh({ dir: leaf, name: "leaf", url, token, key: key as never });
  const node = await openNode({ dir: leaf, listen: { host: "127.0.0.1", port: 0 } });
  t.after(() => node.close());
  node.addRendezvous(url);
  await collector.named("handshake");
  await collector.named("sync.bulk");
}

interface Invited {
  readonly url: string;
  readonly token: string;
  readonly key: string;
}

test("on the console spans go to stderr, a line each, and a dead collector stops nobody", async (t) => {
  const dir = await pipelineWith(t);
  const console = await RunningNode.start(["up", "--port", "0", "--dir", dir], {
    env: { OTEL_TRACES_EXPORTER: "console", OTEL_BSP_SCHEDULE_DELAY: "50" },
  });
  await json(["add", "One", "--dir", dir]);
  await until(
    () => /"span":"op\.write"/u.test(console.log),
    () => console.log,
  );
  await console.stop();
  const dead = await RunningNode.start(["up", "--port", "0", "--dir", dir], {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      OTEL_EXPORTER_OTLP_TIMEOUT: "200",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    },
  });
  await json(["add", "Two", "--dir", dir]);
  await until(() => dead.log.includes("tracing: "), "the log says so");
  assert.equal(await dead.stop(), 0);
});
