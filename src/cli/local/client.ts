/** Runs a command in the process that has the node of a folder open, over its socket. */
import { Agent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { errnoOf } from "../../adapters/folder-lock-files.ts";
import { TowlineError } from "../../base/errors.ts";
import type { Line } from "./lines.ts";
import { commandPath, errorOf } from "./lines.ts";
import type { SocketPlace } from "./socket-place.ts";
import { isOurSocket, socketPlace } from "./socket-place.ts";

export interface CallHooks<Row> {
  rows(rows: readonly Row[]): void;
  progress(done: number, all: number | null): void;
  /** Withdraws the command when it is aborted: the other side hears that nobody waits. */
  readonly signal?: AbortSignal;
}

export interface LocalClient {
  /** Rejects with the error of the other side, or with `node/stopped` when it goes away. */
  call<Row>(name: string, params: unknown, hooks: CallHooks<Row>): Promise<unknown>;
}

/** Null when no node runs on the folder. */
export async function connectLocal(dir: string): Promise<LocalClient | null> {
  const place = socketPlace(dir);
  if (!isOurSocket(place)) return null;
  const client: LocalClient = { call: (name, params, hooks) => call(place, name, params, hooks) };
  try {
    await client.call("hello", {}, { rows: () => undefined, progress: () => undefined });
    return client;
  } catch (error) {
    if (error instanceof NobodyThere) return null;
    throw error;
  }
}

/** The socket is that of a process that died, or went away just now: the command did not run. */
class NobodyThere extends TowlineError {
  constructor(cause: unknown) {
    super("node/stopped", "The node stopped before it took the command. Repeat it.", { cause });
  }
}

async function call<Row>(
  { path }: SocketPlace,
  name: string,
  params: unknown,
  hooks: CallHooks<Row>,
): Promise<unknown> {
  const request = httpRequest({
    socketPath: path,
    path: commandPath + name,
    method: "POST",
    headers: { "content-type": "application/json" },
    agent: new Agent({ keepAlive: false }),
    ...(hooks.signal !== undefined && { signal: hooks.signal }),
  });
  request.end(JSON.stringify(params));
  let response: IncomingMessage;
  try {
    [response] = (await once(request, "response")) as [IncomingMessage];
  } catch (error) {
    hooks.signal?.throwIfAborted();
    const nobody = ["ECONNREFUSED", "ENOENT"].includes(errnoOf(error) ?? "");
    throw nobody ? new NobodyThere(error) : stopped(error);
  }
  request.on("error", () => undefined);
  return await resultOf(response, hooks);
}

async function resultOf<Row>(response: IncomingMessage, hooks: CallHooks<Row>): Promise<unknown> {
  for await (const line of linesOf(response)) {
    if ("result" in line) return line.result;
    if ("error" in line) throw errorOf(line.error);
    if ("rows" in line) hooks.rows(line.rows as readonly Row[]);
    else hooks.progress(line.progress.done, line.progress.all);
  }
  hooks.signal?.throwIfAborted();
  throw stopped(response.errored);
}

/** The lines of the answer up to its end, whether or not that came too soon. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<Line> {
  response.on("error", () => undefined);
  try {
    for await (const text of createInterface({ input: response, crlfDelay: Infinity })) {
      const line = lineOf(text);
      if (line === null) return;
      yield line;
    }
  } catch (error) {
    // The other side went away between two lines.
    if (error !== response.errored) throw error;
  }
}

/** Null for a line that was cut off. */
function lineOf(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}

function stopped(cause: unknown): TowlineError {
  return new TowlineError(
    "node/stopped",
    "The node stopped while the command waited for it. Look whether it took effect, then repeat it.",
    { cause },
  );
}
