/** What concerns a node and its peers: invite, status, peers. */
import type { PeerStatus } from "../../api/types.ts";
import {
  invite as inviteCommand,
  peers as peersCommand,
  status as statusCommand,
} from "../../commands/node.ts";
import type { StatusResult } from "../../commands/node.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import type { Terminal } from "../ui/terminal.ts";
import { escapeLine } from "../ui/escape.ts";
import { isoMinute, parseDuration, shortDuration } from "../ui/time.ts";
import { isLocalUrl, joinCommand } from "./join-command.ts";
import { flowLines, syncText } from "./peer-sync.ts";
import { pairLines, printResult, shortId, valueText } from "./print.ts";
import { parseCount } from "./values.ts";

export interface InviteOptions {
  readonly ttl: string;
  readonly uses: string;
  readonly label?: string;
  readonly url?: string;
}

export async function invite(invocation: Invocation, options: InviteOptions): Promise<void> {
  const { terminal, cwd } = invocation;
  const params = {
    ttlMs: parseDuration(options.ttl),
    uses: options.uses === "any" ? null : parseCount(options.uses, "--uses"),
    label: options.label ?? null,
    url: options.url ?? null,
  };
  const dir = invocation.existingFolder;
  const made = await runCommand(invocation, inviteCommand, params);
  const command = joinCommand(made, dir, cwd);
  const result = {
    token: made.token,
    url: made.url,
    command,
    expires: made.expires,
    key: made.key,
  };
  const until = made.expires === null ? "does not expire" : `until ${isoMinute(made.expires)}`;
  const uses =
    params.uses === null
      ? "any number of times"
      : params.uses === 1
        ? "once"
        : `${params.uses} times`;
  printResult(terminal, result, [command]);
  if (terminal.isJson) return;
  const { dim } = terminal.errorColors;
  terminal.remark(dim(`It lets in whoever has it, ${uses}, ${until}, and is not shown again.`));
  if (!made.running) terminal.remark(dim('No node runs here yet: start it with "towline up".'));
  if (isLocalUrl(made.url)) {
    terminal.remark(
      dim('It works on this machine only. For others: "towline up --host 0.0.0.0", or name --url.'),
    );
  }
}

export async function status(invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const found = await runCommand(invocation, statusCommand, {});
  printResult(terminal, found, statusLines(found, terminal));
}

function statusLines(found: StatusResult, { colors }: Terminal): readonly string[] {
  const { green, red, yellow, dim } = colors;
  const live = found.peers.filter(({ state }) => state === "live").length;
  const running = found.running
    ? green(`running, process ${String(found.pid)}`)
    : dim('not running; "towline up" starts it');
  const pairs: [string, string][] = [
    ["node", found.node],
    ["mesh", found.mesh],
    ["folder", found.dir],
    ...(found.url === null ? [] : ([["url", found.url]] as [string, string][])),
    ["items", String(found.items)],
    ["ops", String(found.ops)],
    ["peers", `${live} live of ${found.peers.length}`],
    ["sync", found.sync.text],
    ["waiting", waitingText(found)],
    ["refused", `${found.rejected} ops`],
  ];
  const lines = [`${colors.bold(escapeLine(found.name))}  ${running}`, ...pairLines(pairs, colors)];
  for (const peer of found.peers) lines.push(...flowLines(peer));
  if (found.divergences > 0) {
    const times = found.divergences === 1 ? "once" : `${found.divergences} times`;
    lines.push(
      yellow(`this node and a peer did not come together ${times}; both asked again`),
      dim('  if it goes on: compare "towline digest" and run "towline verify" on both'),
    );
  }
  for (const { code, from, id } of found.rejections.slice(-5)) {
    const source = from === null ? "a file" : shortId(from);
    lines.push(yellow(`  refused ${shortId(id ?? "")} from ${source}: ${escapeLine(code)}`));
  }
  for (const fork of found.forks) {
    const whose = fork.isOwn ? "THIS NODE'S OWN LOG" : `the log of ${shortId(fork.author)}`;
    const why = "its key is used in two places, or a backup was restored";
    lines.push(red(`${whose} is forked at ${fork.seq}: ${why}. Both branches are kept.`));
    lines.push(dim(`  the proof: ${fork.ops.map(shortId).join(" and ")} (towline log)`));
    if (fork.isOwn) {
      lines.push(
        red('  Stop the copy. To keep both machines, give one a fresh folder: "towline join".'),
      );
    }
  }
  if (found.recovered > 0) {
    const count = String(found.recovered);
    lines.push(
      yellow(
        `peers gave back ${count} ops of this node that its disk had lost: a restored backup?`,
      ),
    );
  }
  if (found.problem !== null) lines.push(red(escapeLine(found.problem.message)));
  return lines;
}

function waitingText({ pending, pendingBytes, pendingOldestMs }: StatusResult): string {
  const age =
    pendingOldestMs === null ? "" : `, the oldest for ${Math.round(pendingOldestMs / 1000)} s`;
  return `${pending} ops (${pendingBytes} bytes${age})`;
}

export async function peers(invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const rows: PeerStatus[] = [];
  await runCommand(invocation, peersCommand, {}, { rows: (some) => rows.push(...some) });
  printResult(terminal, rows, peerLines(rows, terminal));
  if (!terminal.isJson && rows.length === 0) terminal.remark("no peers yet: towline invite");
}

function peerLines(rows: readonly PeerStatus[], { colors, width }: Terminal): readonly string[] {
  const columns: readonly Column<PeerStatus>[] = [
    {
      title: "NODE",
      text: ({ node }) => (node === null ? "?" : shortId(node)),
      style: colors.bold,
    },
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
