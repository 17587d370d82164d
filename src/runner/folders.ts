/**
 * Where agents keep what belongs to an item on this machine: its working folder, its output, and a
 * record of what runs. All of it lies in the data folder, none of it is replicated.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { agentFoldersMax, outputTailBytes } from "../base/limits.ts";

export const outputName = "output.log";
export const recordName = "run.json";
export const itemName = "item.json";

/** The folder of all items. */
export function agentFolder(dir: string): string {
  return join(dir, "agent");
}

/** An item id may be `.` or `..`, and `:` is no letter of a file name everywhere. */
export function itemFolder(dir: string, item: string): string {
  return join(agentFolder(dir), `item-${item.replaceAll("%", "%25").replaceAll(":", "%3A")}`);
}

/** Folders of items, those that were used last first. */
export function itemFolders(dir: string): readonly string[] {
  const root = agentFolder(dir);
  let names: readonly string[];
  try {
    names = readdirSync(root);
  } catch {
    // No agent ever ran here.
    return [];
  }
  const dated = names
    .filter((name) => name.startsWith("item-"))
    .map((name) => ({ path: join(root, name), at: changedAt(join(root, name)) }));
  return dated.sort((left, right) => right.at - left.at).map(({ path }) => path);
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Removes the folders that were not used for longest, but none in which something runs. */
export function tidyFolders(dir: string): void {
  for (const path of itemFolders(dir).slice(agentFoldersMax)) {
    // Other agents of this folder have theirs here, too.
    const isBusy = statSync(join(path, recordName), { throwIfNoEntry: false }) !== undefined;
    if (!isBusy) rmSync(path, { recursive: true, force: true });
  }
}

/** The end of the latest output about `item`; null when none ran here. */
export function outputTail(dir: string, item: string, bytes = outputTailBytes): string | null {
  return fileTail(join(itemFolder(dir, item), outputName), bytes);
}

/** The last bytes of a file as text, from the beginning of a line; null when there is none. */
export function fileTail(path: string, bytes: number): string | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.max(0, size - bytes);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const read = readSync(file, buffer, 0, buffer.length, from);
    const text = buffer.subarray(0, read).toString("utf8");
    const line = text.indexOf("\n");
    return from > 0 && line >= 0 ? text.slice(line + 1) : text;
  } finally {
    closeSync(file);
  }
}
