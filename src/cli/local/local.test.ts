/** The local endpoint: who may use it, what it refuses, and what becomes of those who wait. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { openNode } from "../../api/open-node.ts";
import type { TowlineNode } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import { resolveConfig } from "../../node/config.ts";
import { foundMesh } from "../../node/found.ts";
import { silentLogger } from "../../node/logger.ts";
import { temporaryFolder } from "../testing/program.ts";
import { connectLocal } from "./client.ts";
import type { LocalClient } from "./client.ts";
import { requestBytesMax } from "./lines.ts";
import type { LocalServer } from "./server.ts";
import { serveLocal } from "./server.ts";
import { makeSocketFolder, socketPlace } from "./socket-place.ts";

interface Served {
  readonly dir: string;
  readonly node: TowlineNode;
  readonly server: LocalServer;
  readonly client: LocalClient;
}

async function serve(context: TestContext): Promise<Served> {
  const dir = join(temporaryFolder(context), "data");
  foundMesh({ dir, name: "test" });
  const node = await openNode({ dir, listen: null });
  const { config } = resolveConfig({ flags: {}, env: {}, dir });
  const server = await serveLocal(dir, { node, config }, silentLogger);
  context.after(async () => {
    await server.close();
    await node.close();
  });
  const client = await connectLocal(dir);
  assert(client !== null);
  return { dir, node, server, client };
}

const hooks = { rows: () => undefined, progress: () => undefined };

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TowlineError && error.code === code;
}

test("a command runs on the other side, and its errors come back with their codes", async (context) => {
  const { client, node } = await serve(context);
  const fields = [{ field: "title", value: "One" }];
  await client.call("add", { item: "one", fields, actor: "alice" }, hooks);
  assert.equal(node.item("one")?.created.actor, "alice");
  const refuses = async (name: string, params: unknown, code: string): Promise<void> => {
    await assert.rejects(client.call(name, params, hooks), withCode(code));
  };
  await refuses("show", { item: "two" }, "item/unknown");
  await refuses("show", { item: 2 }, "usage/invalid");
  await refuses("show", {}, "usage/invalid");
  await refuses("show", [], "usage/invalid");
  await refuses("add", { item: null, fields: [1], actor: "x" }, "usage/invalid");
  await refuses("edit", { item: "one", actor: "x", edits: [{ kind: "eat" }] }, "usage/invalid");
  await refuses("nonsense", {}, "usage/invalid");
  await refuses("__proto__", {}, "usage/invalid");
  await refuses("../show", { item: "one" }, "usage/invalid");
});

test("rows come in order, however many", async (context) => {
  const { client, node } = await serve(context);
  const ids = Array.from({ length: 1_000 }, (_, at) => `i-${String(at).padStart(4, "0")}`);
  await node.write(ids.map((id) => [["new", id, { title: "x".repeat(500) }]]));
  const got: string[] = [];
  const rows = (some: readonly { item: string }[]): void => {
    got.push(...some.map(({ item }) => item));
  };
  const params = { stages: [], labels: [], search: null, assignee: null, limit: null };
  await client.call("list", { ...params, withArchived: true }, { ...hooks, rows });
  assert.deepEqual(got, ids);
});

test("a command that is too long or no JSON is refused", async (context) => {
  const { dir, client } = await serve(context);
  const padding = "x".repeat(requestBytesMax);
  await assert.rejects(
    client.call("show", { item: "one", padding }, hooks),
    (error) => withCode("usage/invalid")(error) || withCode("node/stopped")(error),
  );
  const { path: socketPath } = socketPlace(dir);
  for (const body of ["", "{", "[".repeat(100), "null"]) {
    const call = request({ socketPath, path: "/1/show", method: "POST" });
    call.end(body);
    const [response] = (await once(call, "response")) as [NodeJS.ReadableStream];
    let text = "";
    for await (const chunk of response) text += String(chunk);
    assert.match(text, /^\{"error":\{"code":"usage\/invalid"/u, body);
  }
});

test("whoever waits when the node stops learns that", async (context) => {
  const { client, node, server } = await serve(context);
  await node.write([[["new", "one", {}]]]);
  const called = new Promise<void>((resolve) => {
    context.mock.method(node, "verify", async () => {
      resolve();
      await new Promise(() => undefined);
    });
  });
  const outcome = assert.rejects(client.call("verify", {}, hooks), withCode("node/stopped"));
  await called;
  await server.close();
  await outcome;
});

test("and so does whoever has got something already", async (context) => {
  const { client, node, server } = await serve(context);
  context.mock.method(node, "verify", async (told: (done: number, all: number) => void) => {
    told(1, 2);
    await new Promise(() => undefined);
  });
  const got = Promise.withResolvers<undefined>();
  const progress = (): void => got.resolve(undefined);
  const call = client.call("verify", {}, { ...hooks, progress });
  const outcome = assert.rejects(call, withCode("node/stopped"));
  await got.promise;
  await server.close();
  await outcome;
});

test("the endpoint closes when the commands that it cut off have ended", async (context) => {
  const { dir, client, node, server } = await serve(context);
  const [called, gate] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let hasEnded = false;
  context.mock.method(node, "verify", async () => {
    called.resolve(undefined);
    await gate.promise;
    hasEnded = true;
  });
  const outcome = assert.rejects(client.call("verify", {}, hooks), withCode("node/stopped"));
  await called.promise;
  const closed = server.close().then(() => hasEnded);
  await outcome;
  assert.equal(await connectLocal(dir), null);
  gate.resolve(undefined);
  assert.equal(await closed, true);
});

for (const how of ["goes away", "is cut off"]) {
  test(`a caller that reads nothing and then ${how} amid news of progress harms nobody`, async (context) => {
    const { dir, node, server } = await serve(context);
    const isFull = Promise.withResolvers<undefined>();
    context.mock.method(node, "verify", async (tell: (done: number, all: number) => void) => {
      // Far more than socket and stream hold; what does not fit is left out.
      for (let done = 0; done < 100_000; done += 1) {
        tell(done, 100_000);
        if (done % 1_000 === 0) await turn();
      }
      isFull.resolve(undefined);
      await new Promise(() => undefined);
    });
    const call = request({ socketPath: socketPlace(dir).path, path: "/1/verify", method: "POST" });
    call.on("error", () => undefined).end("{}");
    const [response] = (await once(call, "response")) as [IncomingMessage];
    response.on("error", () => undefined).pause();
    await isFull.promise;
    if (how === "goes away") call.destroy();
    else await server.close();
    // What nobody caught would be thrown by now, and would fail this test.
    for (let turns = 0; turns < 20; turns += 1) await turn();
  });
}

test("nobody is there once the node has stopped, or when it was killed", async (context) => {
  const { dir, server } = await serve(context);
  const { path } = socketPlace(dir);
  assert(existsSync(path));
  await server.close();
  assert(!existsSync(path));
  assert.equal(await connectLocal(dir), null);
});

test("a socket that others may use, or that is none, is not used", async (context) => {
  const dir = join(temporaryFolder(context), "data");
  const place = socketPlace(dir);
  mkdirSync(dir);
  makeSocketFolder(place);
  assert.equal(statSync(place.folder).mode & 0o777, 0o700);
  writeFileSync(place.path, "");
  assert.equal(await connectLocal(dir), null, "a file");
  rmSync(place.path);
  const impostor = createServer().listen(place.path);
  await once(impostor, "listening");
  context.after(() => impostor.close());
  chmodSync(place.path, 0o666);
  assert.equal(await connectLocal(dir), null, "a socket that others may write to");
  chmodSync(place.path, 0o600);
  chmodSync(place.folder, 0o755);
  assert.throws(() => makeSocketFolder(place), withCode("folder/unwritable"));
  assert.equal(await connectLocal(dir), null, "a folder that others may enter");
});

test("the socket lies beside the data, or elsewhere when its path would be too long", () => {
  assert.equal(socketPlace("/data/.towline").path, "/data/.towline/run/node.sock");
  const long = [`/${"x".repeat(200)}/a`, `/${"x".repeat(200)}/b`];
  const [one, other] = long.map((dir) => socketPlace(dir));
  assert(one !== undefined && other !== undefined);
  assert.notEqual(one.path, other.path, "each data folder has its own");
  assert.equal(dirname(one.folder), tmpdir());
  assert(Buffer.byteLength(one.path) <= 100);
});
