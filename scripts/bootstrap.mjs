// Runs one task of this repository with a Node that is new enough, after installing what it needs.
// Plain ESM without dependencies: it must run on a fresh clone, with any Node since 18.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const bin = join(modules, ".bin");
const nodeMin = [22, 18];

/** What each task runs; the caller's arguments are appended. */
const tasks = {
  start: ["src/cli/main.ts", "start"],
  towline: ["src/cli/main.ts"],
  demo: ["demo/main.ts"],
  example: ["--conditions=towline-source", "scripts/example.ts"],
  bench: ["bench/main.ts"],
  "bench:peers": ["bench/peers/main.ts"],
  "bench:board": ["bench/board/main.ts"],
  "bench:events": ["bench/events/main.ts"],
  sim: ["sim/main.ts"],
  "sim:claims": ["sim/claims/main.ts"],
  race: ["test/race/main.ts", "race"],
  takeover: ["test/race/main.ts", "takeover"],
  partition: ["test/race/main.ts", "partition"],
  chaos: ["test/chaos/main.ts"],
  test: ["scripts/test.ts"],
  lint: ["scripts/lint.ts"],
  format: ["node_modules/oxfmt/bin/oxfmt"],
  build: ["scripts/build.ts"],
  "pack:check": ["scripts/pack-check.ts"],
  screenshots: ["scripts/pictures/main.ts"],
};

/** Tasks, and commands of `npm run towline`, that serve the board, and so need it built. */
const serving = ["start", "demo", "up", "open"];

main(process.argv[2], process.argv.slice(3));

/**
 * @param {string | undefined} name
 * @param {string[]} args
 */
function main(name, args) {
  const task = Object.entries(tasks).find(([known]) => known === name)?.[1];
  if (task === undefined) {
    fail(`no task ${JSON.stringify(name ?? "")}; there are: ${Object.keys(tasks).join(", ")}`);
    return;
  }
  if (!isInstalled() && !install()) return;
  const node = modernNode();
  if (node === null) return fail(oldNodeMessage());
  // A command may stand behind options of its own, such as --dir FOLDER.
  const words = name === "towline" ? args : [name];
  if (words.some((word) => serving.includes(word ?? "")) && !buildBoard(node)) return;
  run(node, [...task, ...args]);
}

/**
 * True when node_modules holds what package-lock.json asks for. npm writes its own record last, so
 * an install that was cut short has none; comparing it spares a reinstall after `npm install x`.
 */
function isInstalled() {
  const wanted = packagesIn(join(root, "package-lock.json"));
  const present = packagesIn(join(modules, ".package-lock.json"));
  if (wanted === null || present === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }> | null}
 */
function packagesIn(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages ?? null;
  } catch {
    return null;
  }
}

/** Runs `npm ci`, which says something only when it fails. */
function install() {
  process.stderr.write("setting up (npm ci)…\n");
  const args = ["ci", "--include=dev", "--loglevel=error", "--no-progress"];
  // npm replaces node_modules, so it must not run with the Node that lives there.
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !isOurs(entry));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const outerNode = process.env.npm_node_execpath ?? process.execPath;
  const npm = process.env.npm_execpath;
  const [command, before] =
    npm !== undefined && /npm-cli\.[cm]?js$/u.test(npm) && !isOurs(outerNode)
      ? [outerNode, [npm]]
      : ["npm", []];
  const done = spawnSync(command, [...before, ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "ignore", "inherit"],
    shell: command === "npm" && process.platform === "win32",
  });
  if (done.status === 0) return true;
  const why = done.error?.message ?? `it ended with ${done.status ?? done.signal}`;
  fail(`npm ci failed: ${why}. See the lines above; then try again.`);
  return false;
}

/**
 * Takes a tenth of a second while web/ is as it was.
 * @param {string} node
 */
function buildBoard(node) {
  const done = spawnSync(node, ["scripts/board.ts"], { cwd: root, stdio: "inherit" });
  if (done.status === 0) return true;
  fail(`the board in web/ could not be built: ${done.error?.message ?? "see the lines above"}`);
  return false;
}

/** @param {string} path */
function isOurs(path) {
  return path === bin || path.startsWith(modules + sep) || real(path).startsWith(modules + sep);
}

/** @param {string} path */
function real(path) {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The Node pinned in package.json when it works, else the running one when it is new enough. */
function modernNode() {
  const pinned = join(bin, process.platform === "win32" ? "node.cmd" : "node");
  const direct = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  for (const candidate of [direct, pinned, process.execPath]) {
    if (!existsSync(candidate)) continue;
    const asked = spawnSync(candidate, ["--version"], { encoding: "utf8" });
    if (asked.status === 0 && isModern(asked.stdout)) return candidate;
  }
  return null;
}

/** @param {string} version */
function isModern(version) {
  const [major = 0, minor = 0] = version.trim().replace("v", "").split(".").map(Number);
  const [majorMin = 0, minorMin = 0] = nodeMin;
  return major > majorMin || (major === majorMin && minor >= minorMin);
}

function oldNodeMessage() {
  return (
    `this needs Node ${nodeMin.join(".")} or newer; the one here is ${process.version}, and the ` +
    "pinned one is not in node_modules (its install script was skipped, or this machine has no " +
    "build of it).\nRun `npm rebuild node --ignore-scripts=false`, or install a newer Node; " +
    "then try again."
  );
}

/**
 * @param {string} node
 * @param {string[]} args
 */
function run(node, args) {
  const env = {
    ...process.env,
    PATH: [bin, process.env.PATH ?? ""].join(delimiter),
    // Without it each process would strip the types of each file again.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(modules, ".cache", "compiled"),
    // node:sqlite still counts as experimental in the older Nodes that we support.
    NODE_OPTIONS: [process.env.NODE_OPTIONS, "--disable-warning=ExperimentalWarning"]
      .filter(Boolean)
      .join(" "),
  };
  const child = spawn(node, args, { cwd: root, env, stdio: "inherit" });
  child.on("error", (error) => fail(`could not start ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGINT", () => {
    // On a terminal Ctrl-C has already reached the child; a second one would mean "at once".
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  stopWithNpm(child);
}

/**
 * npm runs scripts through a shell, and a shell that npm's SIGTERM kills passes nothing on: the
 * task would outlive `npm start`. The shell's death shows as a new parent.
 * @param {import("node:child_process").ChildProcess} child
 */
function stopWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 200);
  watch.unref();
}

/** @param {string} message */
function fail(message) {
  process.stderr.write(`towline: ${message}\n`);
  process.exitCode = 1;
}
