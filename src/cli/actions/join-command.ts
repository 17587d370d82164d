/** The command that lets another node join, in the form that works where it will be pasted. */
import { existsSync } from "node:fs";
import { relative } from "node:path";

export interface Invitation {
  readonly url: string;
  readonly token: string;
  /** The key of the node that invites. */
  readonly key: string;
}

/** True when this program runs from its sources, in a clone, and not as an installed package. */
export const isClone = import.meta.url.endsWith(".ts");

/** How to run this program from a shell. */
export const programName = isClone ? "npm run -s towline --" : "npx towline";
/** How to run `towline start`. */
export const startName = isClone ? "npm start --" : "npx towline start";

/** On another machine: there its own folder and the usual port are free. */
export function commandElsewhere(invitation: Invitation): string {
  return [...base(invitation), "--up"].join(" ");
}

/** On this machine, beside the node in `dir`: with a folder and a port of its own. */
export function commandHere(invitation: Invitation, dir: string, cwd: string): string {
  const folder = shownPath(unusedFolder(dir), cwd);
  return [...base(invitation), "--up", "--dir", quoteForShell(folder), "--port", "0"].join(" ");
}

/** The one command to print: a URL of the loopback is of use on this machine only. */
export function joinCommand(invitation: Invitation, dir: string, cwd: string): string {
  return isLocalUrl(invitation.url)
    ? commandHere(invitation, dir, cwd)
    : commandElsewhere(invitation);
}

export function isLocalUrl(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

function base({ url, token, key }: Invitation): readonly string[] {
  return [programName, "join", quoteForShell(url), "--token", token, "--key", key];
}

/** Folders tried before the last one is taken as it is. */
const foldersMax = 100;

/** The first of `.towline-2`, `.towline-3`, … that is not there yet. */
function unusedFolder(dir: string): string {
  for (let number = 2; number < foldersMax; number += 1) {
    const folder = `${dir}-${number}`;
    if (!existsSync(folder)) return folder;
  }
  return `${dir}-${foldersMax}`;
}

/** Relative where that is shorter and means the same to whoever stands in `cwd`. */
function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? path : short;
}

export function quoteForShell(text: string): string {
  return /^[\w./:@%+=,-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
