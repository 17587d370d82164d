/** All checks of one data folder, in the order in which they build on one another. */
import type { PeerStatus } from "../../api/types.ts";
import type { StoreLook } from "../../adapters/sqlite-store-look.ts";
import type { StatusResult } from "../../commands/node.ts";
import type { ResolvedConfig } from "../../node/config.ts";
import { parseNodeId } from "../../op/key.ts";
import type { Signer } from "../../op/crypto.ts";
import type { MeshId, NodeId } from "../../op/op.ts";
import { parseMeshId } from "../../op/op.ts";
import { dialUrl } from "../../adapters/ws-dialer.ts";
import { meshFact, nodeFact } from "../../node/identity.ts";
import { pinFact } from "../../replica/trust.ts";
import { checkConfig, checkVariables } from "./config.ts";
import type { Finding } from "./finding.ts";
import { fail } from "./finding.ts";
import { checkFolder, checkKey, checkLock } from "./folder.ts";
import { checkPort } from "./listen.ts";
import { checkDisk, checkNode, checkSqliteOfNode } from "./machine.ts";
import { checkRendezvous } from "./rendezvous.ts";
import { checkRunning } from "./running.ts";
import { checkRunningStore, checkStore } from "./store.ts";

export interface Patient {
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined where there are no users. */
  readonly uid: number | undefined;
  /** Bytes that are free for the folder; null when that cannot be told. */
  readonly freeBytes: number | null;
  readonly nodeVersion: string;
  /** What the node says that runs on the folder; null when none does. */
  readonly running: { readonly status: StatusResult; readonly peers: readonly PeerStatus[] } | null;
  /** To be looked at beside those that the settings name. */
  readonly rendezvous: readonly string[];
  readonly token: Signer | null;
  readonly idleMs: number | null;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Findings as they come: those about the network take seconds. */
export async function* examine(patient: Patient): AsyncGenerator<Finding> {
  const { dir, env, running } = patient;
  yield checkNode(patient.nodeVersion);
  yield checkSqliteOfNode();
  const folder = checkFolder(dir, patient.uid);
  yield folder.finding;
  yield checkVariables(env);
  const { finding, resolved } = checkConfig(dir, env);
  yield finding;
  const known = folder.isThere ? yield* examineInside(patient) : nobody;
  if (resolved !== null) {
    yield await checkPort(resolved.config.listen, running?.status.url ?? null);
  }
  yield* checkRunning(running?.status ?? null);
  yield* examineWays(patient, known, resolved);
}

/** What the folder tells of the node, for those who have to prove that they are it. */
interface Known {
  readonly signer: Signer | null;
  readonly mesh: MeshId | null;
  readonly pin: (url: string) => NodeId | null;
}

const nobody: Known = { signer: null, mesh: null, pin: () => null };

function* examineInside(patient: Patient): Generator<Finding, Known> {
  const { dir, running } = patient;
  yield checkDisk(dir, patient.freeBytes);
  const key = checkKey(dir);
  yield key.finding;
  yield checkLock(dir, running?.status.pid ?? null);
  if (running !== null) {
    yield checkRunningStore(running.status);
    return knownFrom(running, key.signer);
  }
  const { finding, look } = checkStore(dir);
  yield finding;
  const stranger = look === null ? null : strangerKey(look, key.signer);
  if (stranger !== null) yield stranger;
  return { signer: stranger === null ? key.signer : null, ...factsOf(look) };
}

function factsOf(look: StoreLook | null): Pick<Known, "mesh" | "pin"> {
  return {
    mesh: parseMeshId(look?.facts.get(meshFact)),
    pin: (url) => parseNodeId(look?.facts.get(pinFact(url))),
  };
}

function knownFrom(
  { status, peers }: NonNullable<Patient["running"]>,
  signer: Signer | null,
): Known {
  const pins = new Map(
    peers.map(({ url, node, direction }) => [direction === "out" ? url : "", node]),
  );
  return { signer, mesh: parseMeshId(status.mesh), pin: (url) => pins.get(url) ?? null };
}

/** The key file may be a good one, and another node's. */
function strangerKey({ facts }: StoreLook, signer: Signer | null): Finding | null {
  const node = facts.get(nodeFact);
  if (signer === null || node === undefined || node === signer.node) return null;
  const found = `the key is that of node ${signer.node.slice(0, 8)}, and the database that of ${node.slice(0, 8)}`;
  return fail("key", { found, fix: "put back the key file that belongs here, from a backup" });
}

async function* examineWays(
  patient: Patient,
  known: Known,
  resolved: ResolvedConfig | null,
): AsyncGenerator<Finding> {
  const urls = new Set(
    [...(resolved?.config.rendezvous ?? []), ...patient.rendezvous].map(dialled),
  );
  const { token, idleMs, now } = patient;
  const looks = [...urls].map(async (url) => {
    const { signer, mesh } = known;
    return await checkRendezvous(url, {
      signer,
      mesh,
      expected: known.pin(url),
      token,
      idleMs,
      now,
    });
  });
  for (const look of looks) yield* await look;
}

/** As the node dials it; what cannot be dialled is reported by its own check. */
function dialled(text: string): string {
  try {
    return dialUrl(text);
  } catch {
    return text;
  }
}
