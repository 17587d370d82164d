/** What those see who start, watch and stop nodes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { json, RunningNode, temporaryFolder } from "../cli/testing/program.ts";
import type { ProblemDto } from "../client/contract.ts";
import { asker, webNode } from "./testing/web-node.ts";

interface Ready {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean }>>;
}

test("a node that runs is alive and ready, and says whether a peer is in step", async (t) => {
  const { stranger } = await webNode(t);
  const alive = await stranger.get<{ readonly ok: boolean }>("/healthz");
  assert.deepEqual([alive.status, alive.body.ok], [200, true]);
  assert.equal((await stranger.send("HEAD", "/healthz")).status, 200);
  const ready = await stranger.get<Ready>("/readyz");
  assert.deepEqual([ready.status, ready.body.ready], [200, true]);
  assert.deepEqual(Object.keys(ready.body.checks), ["store", "replay", "listening", "draining"]);
  const alone = await stranger.get<Ready>("/readyz?peers=1");
  assert.deepEqual([alone.status, alone.body.checks["peers"]?.ok], [503, false]);
});

test("a node that stops says so, ends its streams, and lets requests end", async (t) => {
  const { node, base, server, stranger, program } = await webNode(t);
  await node.write(Array.from({ length: 2_000 }, (_, at) => [["new", `i${at}`, { title: "x" }]]));
  const viewer = program("viewer");
  const stream = await fetch(`${base}/api/v1/events`, { headers: { ...viewer.headers } });
  let isEnded = false;
  const reading = stream.text().then(() => (isEnded = true));
  const exported = await fetch(`${base}/api/v1/export`, { headers: { ...viewer.headers } });
  const closing = server.close();
  const ready = await stranger.get<Ready>("/readyz");
  assert.deepEqual([ready.status, ready.body.checks["draining"]?.ok], [503, false]);
  assert.equal((await exported.text()).trimEnd().split("\n").length, node.status().ops);
  await closing;
  await reading;
  assert(isEnded);
});

test("the figures are for this machine, and for others with a token", async (t) => {
  const { node, stranger, program } = await webNode(t);
  await node.write([[["new", "a", { title: "one", stage: "qa" }]]]);
  await stranger.get("/api/v1/items");
  const { status, body, headers } = await stranger.get<string>("/metrics");
  assert.equal(status, 200);
  assert.match(headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/u);
  for (const line of [
    /^towline_info\{version="[\d.]+",node="[0-9a-f]{8}",mesh="[0-9a-f]{8}"\} 1$/mu,
    /^towline_items\{stage="qa"\} 1$/mu,
    /^towline_log_ops 2$/mu,
    /^towline_store_ok 1$/mu,
    /^towline_claims\{state="confirmed"\} 0$/mu,
    /^towline_http_requests_total\{method="GET",route="\/api\/v1\/items",status="401"\} 1$/mu,
    /^process_resident_memory_bytes \d+$/mu,
  ]) {
    assert.match(body, line);
  }
  const passedOn = { "x-forwarded-for": "192.0.2.1" };
  const refused = await stranger.get("/metrics", passedOn);
  assert.deepEqual(
    [refused.status, (refused.body as ProblemDto).code],
    [401, "http/unauthenticated"],
  );
  assert.equal((await program("viewer").get("/metrics", passedOn)).status, 200);
});

test("figures of peers have the beginning of their key", async (t) => {
  const folder = temporaryFolder(t);
  const dir = join(folder, "one");
  const one = await RunningNode.start(["up", "--port", "0", "--dir", dir, "--open"]);
  t.after(() => one.stop("SIGKILL"));
  const invite = await json<{ readonly token: string; readonly url: string }>([
    ...["invite", "--dir", dir],
  ]);
  const other = await RunningNode.start([
    ...["join", invite.url, "--token", invite.token, "--up", "--port", "0"],
    ...["--dir", join(folder, "two")],
  ]);
  t.after(() => other.stop("SIGKILL"));
  await json(["sync", "--dir", dir]);
  const { http } = one.ready;
  const { body: text } = await asker(http, {}).get<string>("/metrics");
  const peer = other.ready.node.slice(0, 8);
  assert.match(text, new RegExp(`^towline_peer_in_sync\\{peer="${peer}"\\} 1$`, "mu"));
  assert.match(text, new RegExp(`^towline_peer_lag_ops\\{peer="${peer}"\\} 0$`, "mu"));
  assert.match(text, /^towline_connections\{direction="in",state="live"\} 1$/mu);
  const ready = await asker(http, {}).get<Ready>("/readyz?peers=1");
  assert.equal(ready.status, 200);
});
