/** A node that serves HTTP on a free port, and what asks it: a program, or a browser. */
import type { TestContext } from "node:test";
import { anyPort, foundedFolder, openFor } from "../../api/testing/folders.ts";
import type { TowlineNode } from "../../api/types.ts";
import type { CommandHost, WebPort } from "../../commands/command.ts";
import type { SessionDto } from "../../client/contract.ts";
import { AccessFile } from "../../node/access-file.ts";
import type { AccessRole } from "../../node/access-file.ts";
import { resolveConfig } from "../../node/config.ts";
import { silentLogger } from "../../node/logger.ts";
import { WebServer } from "../server.ts";

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

type Headers_ = Readonly<Record<string, string>>;

/** Asks as one who holds a token or a cookie. */
export interface Asker {
  readonly headers: Headers_;
  get<Body = unknown>(path: string, headers?: Headers_): Promise<Answer<Body>>;
  send<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Headers_,
  ): Promise<Answer<Body>>;
}

export interface WebNode {
  readonly node: TowlineNode;
  readonly host: CommandHost;
  readonly port: WebPort;
  readonly server: WebServer;
  readonly base: string;
  readonly access: AccessFile;
  /** Makes a token for a program. */
  readonly token: (role: AccessRole, label?: string) => string;
  readonly program: (role: AccessRole, label?: string) => Asker;
  /** A page of this node, logged in by a code. */
  readonly browser: (actor?: string) => Promise<Asker & { readonly session: SessionDto }>;
  readonly stranger: Asker;
}

export async function webNode(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
): Promise<WebNode> {
  const dir = foundedFolder(t);
  const server = new WebServer(silentLogger);
  const node = await openFor(t, dir, { listen: anyPort, httpHandler: server.handler });
  const { config } = resolveConfig({ flags: { port: "0" }, env, dir });
  const port = server.serve({ node, config });
  t.after(() => server.close());
  const base = node.http ?? "";
  const access = new AccessFile(dir);
  const token = (role: AccessRole, label: string = role): string => access.add(role, label).token;
  return {
    node,
    host: { node, config, web: port },
    port,
    server,
    base,
    access,
    token,
    program: (role, label) => asker(base, { authorization: `Bearer ${token(role, label)}` }),
    browser: (actor) => browserOf(base, port, actor),
    stranger: asker(base, {}),
  };
}

async function browserOf(
  base: string,
  port: WebPort,
  actor = "tester",
): Promise<Asker & { readonly session: SessionDto }> {
  const code = port.sessionUrl(actor).split("#code=")[1];
  const { headers, body } = await asker(base, {}).send("POST", "/api/v1/session", { code });
  const session = body as SessionDto;
  const cookie = (headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const own = { cookie, origin: base, "x-towline-csrf": session.csrf };
  return { ...asker(base, own), session };
}

export function asker(base: string, headers: Headers_): Asker {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    more: Headers_ = {},
  ): Promise<Answer<never>> => {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(base + path, {
      method,
      headers: { ...json, ...headers, ...more },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /[/+]json/u.test(response.headers.get("content-type") ?? "");
    const read = (isJson && text !== "" ? JSON.parse(text) : text) as never;
    return { status: response.status, headers: response.headers, body: read };
  };
  return { headers, send, get: (path, more) => send("GET", path, undefined, more) };
}
