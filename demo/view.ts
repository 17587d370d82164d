/** One look at the demo as text: the lines between the nodes, and how far each node is. */
import type { Colors } from "picocolors/types.js";
import type { Digest } from "../src/api/index.ts";
import type { DemoMesh, DemoNode } from "./mesh.ts";
import type { Message, Tone } from "./story.ts";

export interface Look {
  readonly mesh: DemoMesh;
  readonly title: string;
  readonly ms: number;
  readonly played: number;
  readonly total: number;
  readonly messages: readonly Message[];
  readonly columns: number;
  readonly rows: number;
}

const barCells = 26;
const digestChars = 20;
const nameChars = 9;
const stages = ["backlog", "coding", "qa", "merge", "done", "archived"] as const;
/** Lines of the frame that are no messages. */
const fixedLines = 14;
const messagesMax = 9;

export function frameOf(look: Look, colors: Colors): readonly string[] {
  const { mesh, messages, rows } = look;
  const shown = Math.max(1, Math.min(messagesMax, rows - fixedLines));
  const recent = messages.slice(-shown);
  const lines = [
    "",
    titleLine(look, colors),
    "",
    ...meshLines(mesh, colors),
    "",
    colors.dim(headerLine(look.columns)),
    ...mesh.nodes.flatMap((node) => nodeLine(node, look, colors)),
    "",
    ...recent.map((message) => messageLine(message, colors)),
    ...Array<string>(shown - recent.length).fill(""),
  ];
  return lines.map((line) => cut(line, look.columns));
}

function titleLine({ title, ms, played, total }: Look, colors: Colors): string {
  const part = Math.min(100, Math.round((100 * played) / total));
  const right = `${(ms / 1_000).toFixed(1)} s · ${part} % of the edits`;
  return `  ${colors.bold("Towline")}  ${title}  ${colors.dim(right)}`;
}

/** north ●━━━━━● harbour ●━━╳ ╳━━● south, and below the state of each line. */
function meshLines({ nodes }: DemoMesh, colors: Colors): readonly string[] {
  const [left, hub, right] = nodes;
  const dot = (node: DemoNode): string => (stateOf(node) === "live" ? "●" : "○");
  const name = (node: DemoNode): string => colors.bold(node.name);
  const picture =
    `    ${name(left)} ${dot(left)}${lineOf(left, colors)}● ${name(hub)} ` +
    `●${lineOf(right, colors)}${dot(right)} ${name(right)}`;
  const gap = " ".repeat(nameChars + hub.name.length);
  const states = `    ${" ".repeat(left.name.length + 2)}${labelOf(left, colors)}${gap}`;
  return [picture, `${states.slice(0, states.length - 5)}${labelOf(right, colors)}`];
}

const lineCells = 20;

function lineOf(node: DemoNode, colors: Colors): string {
  switch (stateOf(node)) {
    case "live":
      return colors.green("━".repeat(lineCells));
    case "cut":
      return colors.red(`${"━".repeat(7)}╳${" ".repeat(4)}╳${"━".repeat(7)}`);
    case "syncing":
      return colors.yellow("╍".repeat(lineCells));
  }
}

function labelOf(node: DemoNode, colors: Colors): string {
  const seconds = ((performance.now() - (node.line?.changedAt ?? 0)) / 1_000).toFixed(1);
  switch (stateOf(node)) {
    case "live":
      return colors.green(centred("live"));
    case "cut":
      return colors.red(centred(`cut for ${seconds} s`));
    case "syncing":
      return colors.yellow(centred("coming back"));
  }
}

function centred(text: string): string {
  const room = lineCells - text.length;
  return " ".repeat(Math.ceil(room / 2)) + text + " ".repeat(Math.floor(room / 2));
}

export function stateOf({ node, line }: DemoNode): "live" | "cut" | "syncing" {
  if (line?.isCut === true) return "cut";
  const row = node.peers().find(({ direction }) => direction === "out");
  return line === null || row?.state === "live" ? "live" : "syncing";
}

const isWide = (columns: number): boolean => columns >= 112;

function headerLine(columns: number): string {
  const base = `  ${"node".padEnd(nameChars)}${"ops".padStart(7)}${"items".padStart(7)}`;
  const behind = `${"behind".padStart(8)}   ${" ".repeat(barCells + 7)}`;
  return isWide(columns) ? `${base}${behind}${stages.map(stageHead).join("")}` : base + behind;
}

const stageHead = (stage: string): string => stage.slice(0, 7).padStart(8);

function nodeLine(each: DemoNode, look: Look, colors: Colors): string {
  const { ops, items } = each.node.status();
  const union = look.mesh.union();
  const behind = Math.max(0, union - ops);
  const share = union === 0 ? 1 : Math.min(1, ops / union);
  const goal = Math.max(union, look.total);
  const [own, all] = [cells(ops, goal), cells(union, goal)];
  const bar =
    colors.green("█".repeat(own)) +
    colors.yellow("▒".repeat(Math.max(0, all - own))) +
    colors.dim("·".repeat(Math.max(0, barCells - Math.max(all, own))));
  const lag = behind === 0 ? colors.dim("0".padStart(8)) : colors.yellow(number(behind, 8));
  const percent = `${Math.floor(share * 100)} %`.padStart(6);
  const name = colors.bold(each.name.padEnd(nameChars));
  const base = `  ${name}${number(ops, 7)}${number(items, 7)}${lag}   ${bar} ${percent}`;
  return isWide(look.columns) ? base + stageCells(each) : base;
}

const cells = (ops: number, goal: number): number => Math.round((barCells * ops) / goal);

/** How many items this node believes to be in each stage. */
function stageCells({ node }: DemoNode): string {
  const counts = new Map<unknown, number>();
  for (const { fields } of node.items()) {
    counts.set(fields["stage"], (counts.get(fields["stage"]) ?? 0) + 1);
  }
  return stages.map((stage) => number(counts.get(stage) ?? 0, 8)).join("");
}

const number = (value: number, width: number): string =>
  value.toLocaleString("en-US").padStart(width);

const signs: Readonly<Record<Tone, string>> = {
  cut: "✂",
  heal: "↻",
  fork: "⑂",
  good: "✔",
  bad: "✘",
  plain: "·",
};

export function messageLine({ at, tone, text }: Message, colors: Colors): string {
  const paint: Readonly<Record<Tone, (text: string) => string>> = {
    cut: colors.red,
    heal: colors.yellow,
    fork: colors.magenta,
    good: colors.green,
    bad: colors.red,
    plain: String,
  };
  const time = colors.dim(`${(at / 1_000).toFixed(1).padStart(5)} s`);
  return `  ${time}  ${paint[tone](signs[tone])} ${text}`;
}

/** One line on how things stand, for an output that is no terminal. */
export function plainLine({ mesh, ms, played, total }: Look): string {
  const parts = mesh.nodes.map((each) => {
    const { ops } = each.node.status();
    const line = each.line === null ? "" : ` (${stateOf(each)})`;
    return `${each.name}${line} ${ops} ops, ${Math.max(0, mesh.union() - ops)} behind`;
  });
  const part = Math.min(100, Math.round((100 * played) / total));
  return `  ${(ms / 1_000).toFixed(1).padStart(5)} s  ${part} % played: ${parts.join("; ")}`;
}

/** The digests of all nodes below each other, so that everybody sees that they are equal. */
export function digestLines(
  results: readonly (Digest & { readonly name: string })[],
  colors: Colors,
): readonly string[] {
  const row = (cells: readonly string[]): string => {
    const [name = "", ops = "", items = "", state = "", set = ""] = cells;
    return `  ${name}${ops.padStart(7)}${items.padStart(7)}   ${state}   ${set}`;
  };
  const short = (digest: string): string => `${digest.slice(0, digestChars)}…`;
  const head = "digest of the state".padEnd(digestChars + 1);
  const lines = results.map(({ name, ops, state, count, items }) => {
    const bold = colors.bold(name.padEnd(nameChars));
    return row([bold, String(count), String(items), short(state), short(ops)]);
  });
  const title = row(["node".padEnd(nameChars), "ops", "items", head, "digest of the ops"]);
  return [colors.dim(title), ...lines];
}

/** The visible part of a coloured line that fits `columns`. */
function cut(line: string, columns: number): string {
  let seen = 0;
  let kept = "";
  for (const [part] of line.matchAll(/\x1b\[[0-9;]*m|./gu)) {
    const isColor = part.length > 1 && part.startsWith("\x1b");
    if (!isColor && (seen += 1) >= columns) continue;
    kept += part;
  }
  return kept;
}
