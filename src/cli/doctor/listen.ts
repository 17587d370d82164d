/** Whether the node can listen where it is told to, and who is in its place. */
import { createServer } from "node:http";
import { bind, endpoint } from "../../adapters/ws-listener-bind.ts";
import { syncPath } from "../../adapters/ws-listener-check.ts";
import { TowlineError } from "../../base/errors.ts";
import type { ListenAddress } from "../../node/config.ts";
import type { Finding } from "./finding.ts";
import { fail, failOf, ok } from "./finding.ts";
import { askPlainly } from "./http-probe.ts";
import { portOwner } from "./port-owner.ts";

/** `url`: where the node that runs here listens; null when none runs. */
export async function checkPort(listen: ListenAddress, url: string | null): Promise<Finding> {
  const { host, port } = listen;
  if (url !== null) return ok("port", `the node listens at ${url}`);
  if (port === 0) return ok("port", "a free one is picked at each start");
  const server = createServer();
  try {
    await bind(server, host, port);
    return ok("port", `${endpoint(host, port)} is free`);
  } catch (error) {
    const isTaken = error instanceof TowlineError && error.code === "listen/port-taken";
    return isTaken ? await takenBy(listen) : failOf("port", error);
  } finally {
    server.close();
  }
}

async function takenBy({ host, port }: ListenAddress): Promise<Finding> {
  const at = ["0.0.0.0", "::"].includes(host) ? "127.0.0.1" : host;
  const url = new URL(`http://${endpoint(at, port)}${syncPath}`);
  const answer = await askPlainly(url).catch(() => null);
  const what = answer?.status === 426 ? ", another Towline node" : "";
  const found = `${endpoint(host, port)} is taken by ${portOwner(port) ?? "another process"}${what}`;
  const fix = `stop that one, or choose another port: listen = "${endpoint(host, port + 1)}" in towline.toml`;
  return fail("port", { found, fix });
}
