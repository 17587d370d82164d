/** The packages of the peers: not the product's, so they come when they are first needed. */
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const lockFile = join(folder, "package-lock.json");
/** A copy of the lock file that the packages were installed by; it goes when they go. */
const installedFile = join(folder, "node_modules", ".installed-lock.json");
/** npm explains all its options after what went wrong. */
const linesOfNpm = 10;

/** Resolves with what went wrong, or null when all packages are there. */
export async function installPeers(): Promise<string | null> {
  if (isInstalled()) return null;
  console.error("installing the peers' packages (npm ci --prefix bench/peers, 135 MB)…");
  // Nothing of theirs has to run: binaries are inside the packages.
  const args = ["ci", "--ignore-scripts", "--prefix", folder, "--loglevel=error", "--no-progress"];
  const npm = process.env["npm_execpath"] ?? "";
  const isNpm = /npm-cli\.[cm]?js$/u.test(npm);
  const [command, before] = isNpm ? [process.execPath, [npm]] : ["npm", []];
  const child = spawn(command, [...before, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    shell: !isNpm && process.platform === "win32",
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const stop = (): boolean => child.kill();
  process.on("exit", stop);
  const problem = await new Promise<string | null>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => {
      resolve(code === 0 ? null : `it ended with ${String(code ?? signal)}`);
    });
  });
  process.off("exit", stop);
  if (problem !== null) {
    console.error(said.split("\n").slice(0, linesOfNpm).join("\n"));
    return `its packages are not installed: npm ci failed, ${problem}`;
  }
  copyFileSync(lockFile, installedFile);
  return null;
}

function isInstalled(): boolean {
  try {
    return readFileSync(installedFile).equals(readFileSync(lockFile));
  } catch {
    return false;
  }
}
