/** Folders of nodes for the doctor to look at, and what it has to find there. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { anyPort, foundedFolder, newFolder, openFor } from "../../../api/testing/folders.ts";
import type { TowlineNode } from "../../../api/types.ts";
import { joinMesh } from "../../../node/join.ts";
import { examine } from "../examine.ts";
import type { Patient } from "../examine.ts";
import type { Finding } from "../finding.ts";

const gib = 2 ** 30;

/** A folder with a node that listens on any port: what is taken on this machine does not matter. */
export function settled(t: TestContext): string {
  const dir = foundedFolder(t);
  writeFileSync(join(dir, "towline.toml"), 'listen = "127.0.0.1:0"\n', { mode: 0o600 });
  return dir;
}

export async function examined(
  dir: string,
  given: Partial<Patient> = {},
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const patient: Patient = {
    ...{ dir, env: {}, uid: process.getuid?.(), freeBytes: 50 * gib, nodeVersion: "v24.0.0" },
    ...{ running: null, rendezvous: [], token: null, idleMs: null, now: Date.now() },
    ...given,
  };
  for await (const finding of examine(patient)) findings.push(finding);
  return findings;
}

/** What is wrong, which has to be one thing only: in the words of the finding, and of the fix. */
export async function onlyProblem(
  dir: string,
  given: Partial<Patient>,
  expected: {
    readonly check: string;
    readonly state?: "warn" | "fail";
    readonly found: RegExp;
    readonly fix: RegExp;
  },
): Promise<void> {
  const findings = await examined(dir, given);
  const problems = findings.filter(({ state }) => state !== "ok");
  const [problem, ...more] = problems;
  assert.deepEqual(more, [], JSON.stringify(problems));
  assert.equal(problem?.check, expected.check, JSON.stringify(problems));
  assert.equal(problem.state, expected.state ?? "fail");
  assert.match(problem.found, expected.found);
  assert.match(problem.fix ?? "", expected.fix);
}

export async function hubOf(t: TestContext): Promise<TowlineNode> {
  return await openFor(t, foundedFolder(t), { listen: anyPort, settings: { name: "hub" } });
}

/** A folder that has joined the hub's mesh, and dials it by the URL that is given. */
export async function joined(
  t: TestContext,
  hub: TowlineNode,
  url = String(hub.url),
): Promise<string> {
  const { token } = await hub.invite();
  const dir = newFolder(t);
  await joinMesh({ dir, name: "leaf", url: String(hub.url), token, key: hub.id });
  const text = `listen = "127.0.0.1:0"\nrendezvous = [${JSON.stringify(url)}]\n`;
  writeFileSync(join(dir, "towline.toml"), text, { mode: 0o600 });
  return dir;
}
