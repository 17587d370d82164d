/** up and start: run the node of this folder, and say how others reach it. */
import { invite as inviteCommand } from "../../commands/node.ts";
import type { Invocation } from "../invocation.ts";
import { escapeLine } from "../ui/escape.ts";
import {
  commandElsewhere,
  commandHere,
  isLocalUrl,
  programName,
  startName,
} from "./join-command.ts";
import type { Invitation } from "./join-command.ts";
import { pairLines } from "./print.ts";
import type { Running, ServeOptions } from "./serve.ts";
import { serve } from "./serve.ts";

export async function up(invocation: Invocation, options: ServeOptions): Promise<void> {
  const dir = invocation.folder ?? invocation.newFolder;
  await serve(invocation, dir, options, (running) => {
    announceReady(invocation, running);
    return Promise.resolve();
  });
}

/** One line of JSON for scripts, a few lines for people. */
export function announceReady({ terminal }: Invocation, { node, web }: Running): void {
  if (terminal.isJson) {
    const { id, mesh, url, http, name, dir } = node;
    const { pid } = process;
    terminal.jsonLine({ event: "ready", node: id, mesh, url, http, pid, name, dir });
    return;
  }
  if (terminal.isQuiet) return;
  const { items, ops } = node.status();
  const { bold, green } = terminal.colors;
  terminal.line(`${green("●")} ${bold(escapeLine(node.name))} is up`);
  const pairs = [
    ["node", node.id],
    ["mesh", node.mesh],
    ["folder", node.dir ?? ""],
    ["sync URL", node.url ?? ""],
    ["pipeline", `${items} items, ${ops} ops`],
    ["board", `${web.url}  (${programName} open lets your browser in)`],
  ] as const;
  for (const line of pairLines(pairs, terminal.colors)) terminal.line(`  ${line}`);
}

/** Like `up`, here and now: founds what is missing, and invites a second node. */
export async function start(invocation: Invocation, options: ServeOptions): Promise<void> {
  // Not a folder further up: `npm start` in a clone has one of its own.
  await serve(invocation, invocation.newFolder, options, async (running) => {
    announceReady(invocation, running);
    if (invocation.terminal.isJson) return;
    announceBoard(invocation, running);
    await announceInvite(invocation, running);
  });
}

function announceBoard({ terminal, actor }: Invocation, { web }: Running): void {
  terminal.line();
  terminal.line("The board, for one browser on this machine within two minutes:");
  terminal.line(`  ${terminal.colors.bold(web.sessionUrl(actor))}`);
}

async function announceInvite({ terminal, cwd }: Invocation, running: Running): Promise<void> {
  const { node, config } = running;
  const invitation = await inviteCommand.run(
    {
      node,
      config,
      signal: new AbortController().signal,
      rows: () => Promise.resolve(),
      progress: () => undefined,
    },
    { ttlMs: inviteMs, uses: 1, label: "start", url: null },
  );
  const { bold, dim } = terminal.colors;
  const dir = node.dir ?? "";
  const say = (text: string): void => terminal.line(dim(text));
  terminal.line();
  for (const [where, command] of joinLines(invitation, dir, cwd)) {
    terminal.line(where);
    terminal.line(`  ${bold(command)}`);
  }
  say("Its token lets one node in, within 24 hours. For another node, ask for a new one:");
  say(`  ${programName} invite`);
  if (isLocalUrl(invitation.url)) {
    say(`Other machines reach this node once it is started so: ${startName} --host 0.0.0.0`);
  }
  terminal.line();
  say(`Ctrl-C stops the node. Meanwhile, in another terminal: ${programName} add "A first item"`);
}

const inviteMs = 24 * 3_600_000;

function joinLines(
  invitation: Invitation,
  dir: string,
  cwd: string,
): readonly (readonly [where: string, command: string])[] {
  const here = [
    "A second node on this machine joins with this, in another terminal:",
    commandHere(invitation, dir, cwd),
  ] as const;
  if (isLocalUrl(invitation.url)) return [here];
  const elsewhere = ["A second machine joins with this:", commandElsewhere(invitation)] as const;
  return [elsewhere, ["A second node on this machine, with this instead:", here[1]]];
}
