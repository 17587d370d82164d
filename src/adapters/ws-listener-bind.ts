/** Where a listener listens: binding, why that fails, and the URLs under which others reach it. */
import type { Server } from "node:http";
import { isIPv6 } from "node:net";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { TowlineError } from "../base/errors.ts";
import { syncPath } from "./ws-listener-check.ts";

/** Listens, and returns the port. Rejects with `listen/port-taken` or `listen/failed`. */
export async function bind(server: Server, host: string, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    throw listenError(cause, { host, port });
  }
  return (server.address() as AddressInfo).port;
}

function listenError(cause: unknown, at: { host: string; port: number }): TowlineError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  const where = endpoint(at.host, at.port);
  switch (code) {
    case "EADDRINUSE":
      return new TowlineError(
        "listen/port-taken",
        `Port ${at.port} on ${at.host} is taken, perhaps by another node. ` +
          "Stop what uses it, or choose another with --port (0 picks a free one).",
        { cause },
      );
    case "EACCES":
      return failed(`No permission to listen on ${where}. Choose a port above 1023 with --port.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return failed(`This machine has no address ${at.host}. Choose another with --host.`);
    default:
      return failed(`Cannot listen on ${where} (${code}). Check --host and --port.`);
  }
  function failed(message: string): TowlineError {
    return new TowlineError("listen/failed", message, { cause });
  }
}

/** `127.0.0.1:4747`, `[::1]:4747`. */
export function endpoint(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** The URLs under which a listener is reached, the likeliest for another machine first. */
export function urlsOf(host: string, port: number): readonly string[] {
  const hosts = host === "0.0.0.0" || host === "::" || host === "" ? ownHosts(host) : [host];
  return hosts.map((name) => `ws://${endpoint(name, port)}${syncPath}`);
}

function ownHosts(wildcard: string): readonly string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family }) => family === "IPv4" || wildcard !== "0.0.0.0")
    // A link-local address means nothing without the name of an interface.
    .filter(({ address }) => !address.toLowerCase().startsWith("fe80:"))
    .sort((left, right) => Number(left.internal) - Number(right.internal));
  const hosts = addresses.map(({ address }) => address);
  return hosts.length > 0 ? hosts : ["127.0.0.1"];
}
