/** join: makes the folder a node of the mesh behind a URL, and waits for what that mesh has. */
import { readFileSync } from "node:fs";
import { openNode } from "../../api/open-node.ts";
import { TowlineError } from "../../base/errors.ts";
import { addRendezvousToFile } from "../../node/config-file.ts";
import { resolveConfig } from "../../node/config.ts";
import { joinMesh } from "../../node/join.ts";
import { dial, inStep, readKey, readToken, resultOf } from "../../commands/dial.ts";
import type { DialParams, DialResult } from "../../commands/dial.ts";
import type { Invocation } from "../invocation.ts";
import type { LocalClient } from "../local/client.ts";
import { connectLocal } from "../local/client.ts";
import { debugLogger, whileInUse } from "../session.ts";
import { pairLines, printResult } from "./print.ts";
import type { ServeOptions } from "./serve.ts";
import { serve } from "./serve.ts";
import { announceReady } from "./up.ts";
import { settleIn } from "./membership.ts";

export interface JoinOptions extends Omit<ServeOptions, "rendezvous"> {
  readonly tokenFile?: string;
  readonly key?: string;
  readonly up?: boolean;
}

export async function join(
  invocation: Invocation,
  url: string,
  options: JoinOptions,
): Promise<void> {
  const { env } = invocation;
  const dir = invocation.folder ?? invocation.newFolder;
  const given = options.token ?? tokenIn(options.tokenFile) ?? env["TOWLINE_TOKEN"] ?? null;
  const params: DialParams = { url, token: readToken(given), key: readKey(options.key ?? null) };
  const client = await connectLocal(dir);
  if (client !== null) {
    if (options.up === true) throw runsAlready(dir);
    printJoined(invocation, await dialThere(invocation, client, params));
    return;
  }
  const joined = await joinHere(invocation, dir, params, options);
  if (options.up !== true) {
    printJoined(invocation, joined);
    return;
  }
  invocation.terminal.remark(`joined through ${joined.url}`);
  const { token: _, ...serving } = options;
  await serve(invocation, dir, serving, (running) => {
    announceReady(invocation, running);
    return Promise.resolve();
  });
}

/** A token in a file, or on stdin with `-`, is in no list of processes. */
function tokenIn(path: string | undefined): string | null {
  if (path === undefined) return null;
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8").trim();
  } catch (cause) {
    const message = `The token file cannot be read (${String(cause)}). Check its path.`;
    throw new TowlineError("usage/invalid", message, { cause });
  }
}

function runsAlready(dir: string): TowlineError {
  const message = `A node runs on ${dir} already. Leave --up out, and it joins through that one.`;
  return new TowlineError("folder/in-use", message);
}

async function dialThere(
  { terminal }: Invocation,
  client: LocalClient,
  params: DialParams,
): Promise<DialResult> {
  const bar = terminal.progress("syncing");
  try {
    const hooks = {
      rows: () => undefined,
      progress: (done: number, all: number | null) => bar.update(done, all),
    };
    // The same program is on the other side, run by the same user.
    return (await client.call(dial.name, params, hooks)) as DialResult;
  } finally {
    bar.clear();
  }
}

async function joinHere(
  invocation: Invocation,
  dir: string,
  { url: given, token, key }: DialParams,
  { name }: JoinOptions,
): Promise<DialResult> {
  const { terminal, env } = invocation;
  const flags = name === undefined ? {} : { name };
  const { config } = resolveConfig({ flags, env, dir });
  const request = { dir, name: config.name, url: given, token, key };
  const { url, listener } = await whileInUse(() => joinMesh(request));
  settleIn(dir, config.name);
  addRendezvousToFile(dir, url);
  const logger = await debugLogger(invocation);
  const node = await whileInUse(() => openNode({ dir, settings: config, listen: null, logger }));
  const bar = terminal.progress("syncing");
  try {
    node.addRendezvous(url, { key: listener });
    await inStep({
      node,
      url,
      signal: new AbortController().signal,
      progress: (done, all) => bar.update(done, all),
    });
    return resultOf(node, url, listener);
  } finally {
    bar.clear();
    await node.close();
  }
}

function printJoined({ terminal }: Invocation, joined: DialResult): void {
  const { node, mesh, dir, url, items, ops } = joined;
  const pairs = [
    ["node", node],
    ["mesh", mesh],
    ["folder", dir ?? ""],
    ["through", url],
    ["pipeline", `${items} items, ${ops} ops`],
  ] as const;
  const lines = terminal.isQuiet ? [] : ["Joined.", ...pairLines(pairs, terminal.colors)];
  printResult(terminal, joined, lines);
}
