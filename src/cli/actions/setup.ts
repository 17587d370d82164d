/** What sets a node up or shows how it is set up: init, token, config. */
import { TowlineError } from "../../base/errors.ts";
import { newTokenText } from "../../adapters/token-text.ts";
import { tokenKeyPair } from "../../adapters/node-crypto.ts";
import { resolveConfig } from "../../node/config.ts";
import type { Setting } from "../../node/config.ts";
import { foundMesh } from "../../node/found.ts";
import type { Invocation } from "../invocation.ts";
import { isYes } from "../ui/ask.ts";
import { escapeLine } from "../ui/escape.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import type { McpEntry } from "./mcp-entry.ts";
import { mcpServerName, planMcpEntry, writeMcpEntry } from "./mcp-entry.ts";
import { settleIn } from "./membership.ts";
import { pairLines, printResult } from "./print.ts";

export interface InitOptions {
  readonly name?: string;
  /** Absent for asking, where somebody can be asked. */
  readonly mcp?: boolean;
}

export async function init(invocation: Invocation, { name, mcp }: InitOptions): Promise<void> {
  const { terminal, newFolder: dir, env, cwd } = invocation;
  const flags = name === undefined ? {} : { name };
  const { config } = resolveConfig({ flags, env, dir });
  // Who asks for an entry that cannot be made is told before anything is founded.
  const wanted = mcp === true ? planMcpEntry({ dir, cwd }) : null;
  const { node, mesh } = foundMesh({ dir, name: config.name });
  settleIn(dir, config.name);
  const pairs = [
    ["node", node],
    ["mesh", mesh],
    ["folder", dir],
  ] as const;
  const lines = ["A new pipeline is founded.", ...pairLines(pairs, terminal.colors)];
  const isAsked = mcp === undefined && terminal.isInteractive;
  if (!terminal.isJson) for (const line of lines) terminal.say(line);
  const entry = isAsked ? await askForEntry(invocation, dir) : wanted;
  const written = entry === null ? null : writeEntry(invocation, entry);
  if (terminal.isJson) terminal.json({ node, mesh, dir, mcp: written });
  else terminal.say('Next: "towline up" runs the node, "towline add TITLE" adds an item.');
}

/** Null for no; what speaks against it is said instead of asking. */
async function askForEntry({ terminal, cwd }: Invocation, dir: string): Promise<McpEntry | null> {
  try {
    const entry = planMcpEntry({ dir, cwd });
    if (entry.text === null) return entry;
    const what = "Let coding agents work in it over MCP, by an entry in";
    return (await isYes(`${what} ${escapeLine(entry.path)}?`)) ? entry : null;
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    terminal.remark(escapeLine(error.message));
    return null;
  }
}

/** The path of the file when something was written. */
function writeEntry({ terminal }: Invocation, entry: McpEntry): string | null {
  const { path, text } = entry;
  const shown = escapeLine(path);
  if (text === null) {
    terminal.remark(`${shown} has a server ${mcpServerName} already; it stays as it is.`);
    return null;
  }
  writeMcpEntry(entry, text);
  if (!terminal.isJson) terminal.say(`The MCP server ${mcpServerName} is in ${shown} now.`);
  return path;
}

export function token(invocation: Invocation): void {
  const { terminal } = invocation;
  const text = newTokenText();
  const { key } = tokenKeyPair(text);
  const lines = [
    ...pairLines(
      [
        ["token", text],
        ["public key", key],
      ],
      terminal.colors,
    ),
    "The token is a secret and not shown again. It lets in whoever has it, any number of times.",
    `On each node that is to accept it, put into towline.toml:  tokens = ["${key}"]`,
  ];
  printResult(terminal, { token: text, key }, lines);
}

export function config(invocation: Invocation): void {
  const { terminal, env, folder } = invocation;
  const { settings } = resolveConfig({ flags: {}, env, dir: folder });
  const result = Object.fromEntries(
    settings.map(({ key, value, source }) => [key, { value, source }]),
  );
  const columns: readonly Column<Setting>[] = [
    { title: "KEY", text: ({ key }) => key, style: terminal.colors.bold },
    { title: "VALUE", text: ({ value }) => valueOf(value), isFlexible: true },
    { title: "SOURCE", text: ({ source }) => source, style: terminal.colors.dim },
  ];
  const { colors, width } = terminal;
  printResult(terminal, result, tableLines(settings, columns, { width, header: colors.dim }));
}

function valueOf(value: Setting["value"]): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
