/** Looks for what is wrong with a node and its surroundings, and says how to mend it. */
import { tokenKeyPair } from "../../adapters/node-crypto.ts";
import { isTokenText } from "../../adapters/token-text.ts";
import type { PeerStatus } from "../../api/types.ts";
import { TowlineError } from "../../base/errors.ts";
import { pingMs } from "../../base/limits.ts";
import type { StatusResult } from "../../commands/node.ts";
import { peers as peersCommand, status as statusCommand } from "../../commands/node.ts";
import { freeBytes } from "../../node/disk-space.ts";
import type { Signer } from "../../op/crypto.ts";
import { examine } from "../doctor/examine.ts";
import type { Patient } from "../doctor/examine.ts";
import type { Finding, State } from "../doctor/finding.ts";
import type { Invocation } from "../invocation.ts";
import { connectLocal } from "../local/client.ts";
import { escapeLine } from "../ui/escape.ts";
import type { Terminal } from "../ui/terminal.ts";
import { JsonArray } from "./print.ts";

export interface DoctorFlags {
  readonly rendezvous?: readonly string[];
  readonly token?: string;
  readonly idle?: boolean;
}

/** A line that is silent for longer than the time between two pings is never silent so long. */
const idleMs = pingMs + 2_000;

export async function doctor(invocation: Invocation, flags: DoctorFlags): Promise<void> {
  const { terminal, env, newFolder } = invocation;
  const dir = invocation.folder ?? newFolder;
  const array = new JsonArray(terminal);
  const counts: Record<State, number> = { ok: 0, warn: 0, fail: 0 };
  const patient: Patient = {
    ...{ dir, env, uid: process.getuid?.(), freeBytes: freeBytes(dir) },
    nodeVersion: process.version,
    running: await runningOn(dir),
    rendezvous: flags.rendezvous ?? [],
    token: tokenOf(flags.token),
    idleMs: flags.idle === true ? idleMs : null,
    now: Date.now(),
  };
  for await (const finding of examine(patient)) {
    counts[finding.state] += 1;
    if (terminal.isJson) array.add([finding]);
    else for (const line of linesOf(finding, terminal)) terminal.line(line);
  }
  if (terminal.isJson) array.end();
  if (counts.fail > 0) {
    const message = `${counts.fail} ${counts.fail === 1 ? "check fails" : "checks fail"}. Mend the first one first.`;
    throw new TowlineError("doctor/failed", message);
  }
  const { dim, green } = terminal.errorColors;
  const warned = counts.warn === 0 ? "" : `; ${counts.warn} to look at`;
  terminal.remark(`${green("nothing fails")}${dim(warned)}`);
}

function tokenOf(text: string | undefined): Signer | null {
  if (text === undefined) return null;
  if (!isTokenText(text)) {
    const message = "This is not a token: it has 16 to 256 characters. Copy it from the invite.";
    throw new TowlineError("token/invalid", message);
  }
  const { key, sign } = tokenKeyPair(text);
  return { node: key, sign };
}

/** Null when no node runs on the folder, or it does not answer. */
async function runningOn(dir: string): Promise<Patient["running"]> {
  try {
    const client = await connectLocal(dir);
    if (client === null) return null;
    const silent = { rows: () => undefined, progress: () => undefined };
    const status = (await client.call(statusCommand.name, {}, silent)) as StatusResult;
    const peers: PeerStatus[] = [];
    const rows = (some: readonly PeerStatus[]): unknown => peers.push(...some);
    await client.call<PeerStatus>(peersCommand.name, {}, { ...silent, rows });
    return { status, peers };
  } catch (error) {
    if (error instanceof TowlineError) return null;
    throw error;
  }
}

/** Wide enough for the longest name of a check. */
const nameColumns = 11;

function linesOf(
  { check, state, about, found, fix }: Finding,
  { colors }: Terminal,
): readonly string[] {
  const mark = { ok: colors.green("ok  "), warn: colors.yellow("warn"), fail: colors.red("FAIL") };
  const where = about === null ? "" : `${colors.dim(escapeLine(about))}  `;
  const line = `${mark[state]}  ${check.padEnd(nameColumns)}  ${where}${escapeLine(found)}`;
  return fix === null ? [line] : [line, `      ${" ".repeat(nameColumns)}  → ${escapeLine(fix)}`];
}
