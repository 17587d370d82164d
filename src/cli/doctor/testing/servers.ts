/** What may stand where a rendezvous should: web servers, proxies that spoil things, nothing. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server as TcpServer } from "node:net";
import type { TestContext } from "node:test";
import { selfSigned } from "./certificate.ts";

async function portOf(t: TestContext, server: TcpServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** An HTTP server; what wants to become a WebSocket is answered like anything else. */
export async function webServer(t: TestContext, answer: RequestListener): Promise<number> {
  const server: Server = createServer(answer);
  t.after(() => server.closeAllConnections());
  return await portOf(t, server);
}

export async function tlsServer(t: TestContext, from: number, until: number): Promise<number> {
  const server = createTlsServer(selfSigned(from, until), (_request, response) => response.end());
  t.after(() => server.closeAllConnections());
  return await portOf(t, server);
}

/** A port on which nothing listens. */
export async function freePort(t: TestContext): Promise<number> {
  const server = createTcpServer();
  const port = await portOf(t, server);
  server.close();
  await once(server, "close");
  return port;
}

/** Passes requests on to a node, but not what asks for a WebSocket. */
export async function strippingProxy(t: TestContext, node: string): Promise<number> {
  return await webServer(t, (request, response) => {
    void fetch(new URL(request.url ?? "", node)).then(async (answer) => {
      response.writeHead(answer.status, { server: "old-proxy" });
      response.end(await answer.text());
    });
  });
}

/** Passes bytes on to a node, and cuts what was silent for so long. */
export async function impatientProxy(t: TestContext, node: string, ms: number): Promise<number> {
  const { hostname, port } = new URL(node);
  const server = createTcpServer((inner) => {
    const outer = connect(Number(port), hostname);
    const cut = (): void => {
      inner.destroy();
      outer.destroy();
    };
    for (const socket of [inner, outer]) {
      socket.on("error", cut);
      socket.on("close", cut);
    }
    inner.setTimeout(ms, cut);
    inner.pipe(outer);
    outer.pipe(inner);
  });
  return await portOf(t, server);
}
