/** Lets other commands of the same user work on the node that runs in this process. */
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "node:events";
import { TowlineError } from "../../base/errors.ts";
import { isObject, parseJson } from "../../base/json.ts";
import type { Logger } from "../../node/logger.ts";
import type { CommandHost } from "../../commands/command.ts";
import { Given } from "../../commands/command.ts";
import { commandNamed } from "../../commands/table.ts";
import type { Line } from "./lines.ts";
import { commandPath, requestBytesMax } from "./lines.ts";
import type { SocketPlace } from "./socket-place.ts";
import { makeSocketFolder, socketPlace } from "./socket-place.ts";

/** Commands at a time; agents may run many, and each holds one connection. */
const connectionsMax = 256;
/** Commands that were cut off have so long to take back what nobody will hear of. */
const endMs = 1_000;

export interface LocalServer {
  /** Takes no more commands, cuts off those that run, and waits until they have ended. */
  close(): Promise<void>;
}

/**
 * The caller holds the lock of the folder, so a socket that is there belongs to a process that
 * died, and goes.
 */
export async function serveLocal(
  dir: string,
  host: CommandHost,
  logger: Logger,
): Promise<LocalServer> {
  const place = socketPlace(dir);
  makeSocketFolder(place);
  rmSync(place.path, { force: true });
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const ended = answer(request, response, host)
      .catch((bug: unknown) => {
        logger.error({ error: String(bug) }, "a command on the local endpoint failed");
        response.destroy();
      })
      .finally(() => running.delete(ended));
    running.add(ended);
  });
  server.maxConnections = connectionsMax;
  await listenAt(server, place);
  server.on("error", (error) => {
    logger.error({ error: String(error) }, "the local endpoint failed");
  });
  return {
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      await endOf(running);
      rmSync(place.path, { force: true });
    },
  };
}

async function endOf(running: ReadonlySet<Promise<void>>): Promise<void> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), endMs);
  await Promise.race([Promise.all(running), late.promise]);
  clearTimeout(timer);
}

async function listenAt(server: Server, { path }: SocketPlace): Promise<void> {
  try {
    server.listen({ path });
    await once(server, "listening");
    chmodSync(path, 0o600);
  } catch (cause) {
    const message = `The socket ${path} for other commands cannot be made (${String(cause)}).`;
    throw new TowlineError("listen/failed", message, { cause });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  host: CommandHost,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.on("error", () => gone.abort());
  const send = async (line: Line): Promise<void> => {
    if (response.destroyed || response.write(`${JSON.stringify(line)}\n`)) return;
    await once(response, "drain", { signal: gone.signal });
  };
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  try {
    const result = await run(request, host, {
      signal: gone.signal,
      rows: (rows) => send({ rows }),
      progress: (done, all) => {
        // A reader that is slow misses some, which is no loss, and so is one that has gone.
        if (!response.writableNeedDrain) send({ progress: { done, all } }).catch(() => undefined);
      },
    });
    await send({ result });
  } catch (error) {
    if (gone.signal.aborted) return;
    await send({ error: reportOf(error) });
  }
  response.end();
}

async function run(
  request: IncomingMessage,
  host: CommandHost,
  hooks: {
    readonly signal: AbortSignal;
    rows(rows: readonly unknown[]): Promise<void>;
    progress(done: number, all: number | null): void;
  },
): Promise<unknown> {
  const path = request.url ?? "";
  const command = path.startsWith(commandPath)
    ? commandNamed(path.slice(commandPath.length))
    : null;
  if (request.method !== "POST" || command === null) {
    const message = "The running node does not know this command: it is of another version.";
    throw new TowlineError("usage/invalid", `${message} Start it anew.`);
  }
  const params = command.read(await bodyOf(request));
  return await command.run({ ...host, ...hooks }, params);
}

async function bodyOf(request: IncomingMessage): Promise<Given> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > requestBytesMax) {
      const message = `The command is longer than ${requestBytesMax} bytes. Shorten it.`;
      throw new TowlineError("usage/invalid", message);
    }
    chunks.push(chunk as Buffer);
  }
  const parsed = parseJson(Buffer.concat(chunks).toString("utf8"));
  if (parsed.ok && isObject(parsed.value)) return new Given(parsed.value);
  throw new TowlineError("usage/invalid", "The command is not a JSON object of at most 32 levels.");
}

function reportOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof TowlineError) return { code: error.code, message: error.message };
  return { code: "bug", message: error instanceof Error ? error.message : String(error) };
}
