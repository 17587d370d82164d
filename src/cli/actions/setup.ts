/** What sets a node up or shows how it is set up: init, token, config. */
import { newTokenText } from "../../adapters/token-text.ts";
import { tokenKeyPair } from "../../adapters/node-crypto.ts";
import { resolveConfig } from "../../node/config.ts";
import type { Setting } from "../../node/config.ts";
import { foundMesh } from "../../node/found.ts";
import type { Invocation } from "../invocation.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import { settleIn } from "./membership.ts";
import { pairLines, printResult } from "./print.ts";

export interface InitOptions {
  readonly name?: string;
}

export function init(invocation: Invocation, { name }: InitOptions): void {
  const { terminal, newFolder: dir, env } = invocation;
  const flags = name === undefined ? {} : { name };
  const { config } = resolveConfig({ flags, env, dir });
  const { node, mesh } = foundMesh({ dir, name: config.name });
  settleIn(dir, config.name);
  const pairs = [
    ["node", node],
    ["mesh", mesh],
    ["folder", dir],
  ] as const;
  const lines = [
    "A new pipeline is founded.",
    ...pairLines(pairs, terminal.colors),
    'Next: "towline up" runs the node, "towline add TITLE" adds an item.',
  ];
  if (!terminal.isQuiet || terminal.isJson) printResult(terminal, { node, mesh, dir }, lines);
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
