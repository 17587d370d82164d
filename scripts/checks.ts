// The static checks: types, lint and format, at most two at a time, each silent while all is well.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";

export interface CheckFailure {
  readonly name: string;
  readonly output: string;
}

interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  { name: "format", args: ["node_modules/oxfmt/bin/oxfmt", "--check"] },
  { name: "types", args: ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"] },
  { name: "lint", args: ["node_modules/oxlint/bin/oxlint"] },
  { name: "types of web", args: ["node_modules/typescript/bin/tsc", "-p", "web/tsconfig.json"] },
];

/** Runs every check, prints what failed, and returns the names of those checks. */
export async function runChecks(): Promise<readonly string[]> {
  const startedAt = Date.now();
  const waiting = [...checks];
  const failures: CheckFailure[] = [];
  const lane = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const failure = await runCheck(check);
      if (failure !== null) failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  for (const { name, output } of failures) console.log(`✖ ${name}\n${output}`);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const names = failures.map(({ name }) => name);
  const verdict = names.length === 0 ? "✔ pass" : `✖ failed: ${names.join(", ")}`;
  console.log(`types, lint, format: ${verdict} (${seconds} s)`);
  return names;
}

async function runCheck({ name, args }: Check): Promise<CheckFailure | null> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return status === 0 ? null : { name, output };
}
