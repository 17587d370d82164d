/** One screen: whether all is in step, what there is, who is there, and what needs attention. */
import { status as statusCommand } from "../../commands/node.ts";
import type { StatusResult } from "../../commands/node.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { escapeLine } from "../ui/escape.ts";
import type { Colors, Terminal } from "../ui/terminal.ts";
import { shortDuration } from "../ui/time.ts";
import { flowLines } from "./peer-sync.ts";
import { peerLines } from "./peers.ts";
import { bytesText, pairLines, printResult, shortId } from "./print.ts";

export async function status(invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const found = await runCommand(invocation, statusCommand, {});
  printResult(terminal, found, statusLines(found, terminal));
}

export function statusLines(found: StatusResult, terminal: Terminal): readonly string[] {
  const { colors } = terminal;
  const peers = peerLines(found.peers, terminal);
  return [
    `${colors.bold(escapeLine(found.name))}  ${verdictOf(found, colors)}`,
    ...pairLines(pairsOf(found), colors),
    ...(peers.length === 0 ? [] : ["", ...peers]),
    ...found.peers.flatMap(flowLines),
    ...attentionLines(found, colors),
  ];
}

function verdictOf(
  { attention, sync, running }: StatusResult,
  { green, red, yellow, dim }: Colors,
): string {
  const [first] = attention;
  if (first !== undefined) {
    const more = attention.length > 1 ? ` (and ${attention.length - 1} more, below)` : "";
    return red(`needs attention: ${escapeLine(first.text)}${more}`);
  }
  if (!running) return dim('not running; "towline up" starts it');
  if (sync.peers === 0) return green("all is well, and no other node is connected or dialled");
  if (sync.inSync === sync.peers) {
    return green(`in step with ${sync.peers === 1 ? "its peer" : `all ${sync.peers} peers`}`);
  }
  return yellow(`not in step with all: ${escapeLine(sync.text)}`);
}

function pairsOf(found: StatusResult): readonly (readonly [string, string])[] {
  const running = found.running
    ? `running as process ${String(found.pid)} for ${shortDuration(found.upMs)}`
    : "not running";
  return [
    ["node", found.node],
    ["mesh", found.mesh],
    ["version", `${found.version}, ${running}`],
    ...(found.url === null ? [] : ([["url", found.url]] as const)),
    ...(found.http === null ? [] : ([["board", `${found.http}/ ("towline open")`]] as const)),
    ["folder", found.dir],
    ["store", storeText(found)],
    ["sync", found.sync.text],
    ["waiting", waitingText(found)],
    ["refused", `${found.rejected} ops`],
    ["claims", claimsText(found)],
    ...(found.forks.length === 0 ? [] : ([["forks", forksText(found)]] as const)),
    ...(found.present.length === 0 ? [] : ([["present", presentText(found)]] as const)),
  ];
}

function storeText({ items, ops, dbBytes, diskFreeBytes }: StatusResult): string {
  const size = dbBytes === null ? "" : `, ${bytesText(dbBytes)}`;
  const free = diskFreeBytes === null ? "" : `, ${bytesText(diskFreeBytes)} of the disk free`;
  const count = items === 1 ? "1 item" : `${items} items`;
  return `${count}, ${ops} ops${size}${free}`;
}

function waitingText({ pending, pendingBytes, pendingOldestMs }: StatusResult): string {
  const age = pendingOldestMs === null ? "" : `, the oldest for ${shortDuration(pendingOldestMs)}`;
  return pending === 0 ? "0 ops" : `${pending} ops (${bytesText(pendingBytes)}${age})`;
}

function claimsText({ claims }: StatusResult): string {
  const counts = Object.entries(claims).map(([state, count]) => `${count} ${state}`);
  return counts.length === 0 ? "none open" : counts.join(", ");
}

/** A fork stays in the log for good; two ops of one place are its proof. */
function forksText({ forks }: StatusResult): string {
  const shown = forks.slice(-forksMax).map(({ author, seq, ops, isOwn }) => {
    const whose = isOwn ? "this node" : shortId(author);
    return `${whose} at ${seq}: ${ops.map(shortId).join(" and ")}`;
  });
  const more = forks.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join("; ");
}

/** Forks that are named on the screen. */
const forksMax = 3;
/** Nodes that are named on the screen. */
const presentMax = 8;

function presentText({ present }: StatusResult): string {
  const named = present.slice(-presentMax).map(({ node, name, lastSignMs, worksOn }) => {
    const work = worksOn.length === 0 ? "" : ` (works on ${worksOn.slice(0, 3).join(", ")})`;
    return `${name ?? shortId(node)} ${shortDuration(lastSignMs)} ago${work}`;
  });
  const more = present.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join("; ");
}

/** Refusals are named below what is said of them. */
function attentionLines(found: StatusResult, colors: Colors): readonly string[] {
  if (found.attention.length === 0) return [];
  const lines = ["", colors.bold("needs attention")];
  for (const { code, text } of found.attention) {
    lines.push(colors.yellow(`  ${escapeLine(text)}`));
    const todo = whatToDo.get(code);
    if (todo !== undefined) lines.push(colors.dim(`    ${todo}`));
    const refusals = code === "rejected" ? refusalLines(found) : [];
    lines.push(...refusals.map((line) => colors.dim(`    ${escapeLine(line)}`)));
  }
  return lines;
}

const refusalsMax = 5;

function refusalLines({ rejections }: StatusResult): readonly string[] {
  return rejections.slice(-refusalsMax).map(({ id, from, code }) => {
    const source = from === null ? "a file" : shortId(from);
    return `refused ${shortId(id ?? "?")} from ${source}: ${code}`;
  });
}

/** As docs/CLI.md says it. */
const whatToDo: ReadonlyMap<string, string> = new Map([
  ["own-fork", 'stop the copy; to keep both machines, give one a fresh folder: "towline join"'],
  ["fork", "its key is used in two places, or a backup was restored there: tell its owner"],
  ["twin", 'two folders with one key must not both run: "towline join" in a fresh one'],
  ["recovered", "was a backup restored here? then all is well again"],
  ["diverged", 'if it goes on: compare "towline digest" and run "towline verify" on both'],
  ["rejected", "docs/ERRORS.md explains the code; the sender's owner should look"],
  ["rendezvous", '"towline doctor" tells what is wrong on the way there'],
  ["disk-low", '"towline export --out FILE" on another disk keeps a copy'],
  ["claim-expired", '"towline claims" lists them; "towline steal" takes one'],
  ["claim-stuck", '"towline peers" shows whether the hub is reached'],
]);
