/** The nodes that are connected, dialled or trusted, one row each. */
import type { Json } from "../../base/json.ts";
import type { PeerStatus } from "../../api/types.ts";
import { peers as peersCommand } from "../../commands/node.ts";
import type { PeersLook } from "../../commands/watch.ts";
import { watchPeers } from "../../commands/watch.ts";
import { TowlineError } from "../../base/errors.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import type { Terminal } from "../ui/terminal.ts";
import { isoMinute, shortDuration } from "../ui/time.ts";
import { syncText } from "./peer-sync.ts";
import { printResult, shortId, valueText } from "./print.ts";
import { countOf } from "./watch.ts";

export interface PeersFlags {
  readonly watch?: boolean;
  readonly limit?: string;
}

export async function peers(invocation: Invocation, flags: PeersFlags): Promise<void> {
  const { terminal } = invocation;
  if (flags.watch === true) {
    await followPeers(invocation, flags);
    return;
  }
  if (flags.limit !== undefined) {
    throw new TowlineError("usage/invalid", "--limit of peers needs --watch.");
  }
  const rows: PeerStatus[] = [];
  await runCommand(invocation, peersCommand, {}, { rows: (some) => rows.push(...some) });
  printResult(terminal, rows, peerLines(rows, terminal));
  if (!terminal.isJson && rows.length === 0) terminal.remark("no peers yet: towline invite");
}

export function peerLines(
  rows: readonly PeerStatus[],
  { colors, width }: Terminal,
): readonly string[] {
  const columns: readonly Column<PeerStatus>[] = [
    {
      title: "NODE",
      text: ({ node }) => (node === null ? "?" : shortId(node)),
      style: colors.bold,
    },
    { title: "NAME", text: ({ name }) => name ?? "" },
    {
      title: "STATE",
      text: ({ state }) => state,
      style: (cell, row) => stateColor(row, colors)(cell),
    },
    {
      title: "SYNC",
      text: syncText,
      style: (cell, row) => (row.inSync === true ? colors.green : colors.yellow)(cell),
    },
    { title: "DIR", text: ({ direction }) => direction ?? "" },
    { title: "URL", text: ({ url }) => url ?? "", isFlexible: true },
    { title: "V", text: ({ version }) => valueText(version) },
    { title: "TRUSTED", text: ({ trusted }) => (trusted ? "yes" : "no") },
    { title: "QUEUED", text: ({ queued }) => (queued === 0 ? "" : String(queued)), align: "right" },
    { title: "RETRY", text: retryText },
    {
      title: "LAST ERROR",
      text: ({ lastError }) => lastError ?? "",
      isFlexible: true,
      style: colors.yellow,
    },
  ];
  return tableLines(rows, columns, { width, header: colors.dim });
}

function retryText({ failures, retryInMs }: PeerStatus): string {
  const retry = retryInMs === null ? "" : `, in ${shortDuration(retryInMs)}`;
  return failures === 0 ? "" : `${failures} failed${retry}`;
}

function stateColor({ state }: PeerStatus, colors: Terminal["colors"]): (text: string) => string {
  if (state === "live") return colors.green;
  return state === "offline" ? colors.dim : colors.yellow;
}

/** One line of JSON a look, or the table anew. */
async function followPeers(invocation: Invocation, { limit }: PeersFlags): Promise<void> {
  const { terminal } = invocation;
  const rows = (some: readonly PeersLook[]): void => {
    for (const look of some) {
      if (terminal.isJson) terminal.jsonLine(look as unknown as Json);
      else drawPeers(look.peers, look.at, terminal);
    }
  };
  await runCommand(invocation, watchPeers, { limit: countOf(limit) }, { rows });
}

/** Where nothing else is on the screen it stays in place; a file gets one table after another. */
function drawPeers(peers: readonly PeerStatus[], at: number, terminal: Terminal): void {
  const { colors, width } = terminal;
  if (width !== null) process.stdout.write("\x1b[H\x1b[2J");
  const time = new Date(at).toTimeString().slice(0, 8);
  terminal.line(colors.dim(`${isoMinute(at).slice(0, 10)} ${time}  (Ctrl-C ends)`));
  for (const line of peerLines(peers, terminal)) terminal.line(line);
  if (peers.length === 0) terminal.line("no peers yet: towline invite");
}
