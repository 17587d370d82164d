// `npm run pack:check`: packs Towline, installs the tarball in an empty project, and uses it under
// each Node that we support. Nothing of this repository is on the path of what it runs.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve, sep } from "node:path";

interface Outcome {
  readonly node: string;
  readonly step: string;
  /** Null when the step did what it should. */
  readonly problem: string | null;
}

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Throws when the output is not what it should be. */
  readonly check: (output: string) => void;
}

const majors = ["22", "24", "26"];
const title = "Packed and installed";
const own = parsePackage(readFileSync("package.json", "utf8"));
const folder = mkdtempSync(join(tmpdir(), "towline-pack-"));
const outcomes: Outcome[] = [];

try {
  const tarball = pack();
  for (const major of majors) outcomes.push(...checkUnder(major, tarball));
  outcomes.push(checkTypes(join(folder, `node-${majors[0] ?? ""}`)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const { node, step, problem } of outcomes) {
  console.log(`${node.padEnd(10)} ${step.padEnd(12)} ${problem === null ? "✔" : `✖ ${problem}`}`);
}
const broken = outcomes.filter(({ problem }) => problem !== null).length;
console.log(broken === 0 ? "the package works" : `${broken} of ${outcomes.length} steps failed`);
process.exitCode = broken === 0 ? 0 : 1;

function pack(): string {
  console.log("packing…");
  npm(["pack", "--silent", "--pack-destination", folder], process.cwd());
  return join(folder, `${own.name}-${own.version}.tgz`);
}

function checkUnder(major: string, tarball: string): readonly Outcome[] {
  console.log(`installing for Node ${major}…`);
  const project = join(folder, `node-${major}`);
  const runtime = join(folder, `runtime-${major}`);
  try {
    for (const [place, wanted] of [
      [runtime, `node@${major}`],
      [project, tarball],
    ] as const) {
      mkdirSync(place);
      writeFileSync(
        join(place, "package.json"),
        JSON.stringify({ name: "empty", private: true, allowScripts: { node: true } }),
      );
      npm(["install", "--omit=dev", "--loglevel=error", wanted], place);
    }
  } catch (cause) {
    return [{ node: `node ${major}`, step: "install", problem: firstLine(String(cause)) }];
  }
  const env = cleanEnv([join(project, "node_modules", ".bin"), join(runtime, "node_modules/.bin")]);
  const version = execFileSync("node", ["--version"], { env, encoding: "utf8" }).trim();
  return steps(join(project, "data")).map((step) => ({
    node: version,
    step: step.name,
    problem: run(step, project, env),
  }));
}

function steps(dir: string): readonly Step[] {
  const towline = (name: string, args: readonly string[], check: Step["check"]): Step => ({
    name,
    command: ["towline", ...args, "--dir", dir, "--json"],
    check,
  });
  return [
    {
      name: "--version",
      command: ["towline", "--version"],
      check: (output) => expect(output.trim() === own.version, `printed ${output.trim()}`),
    },
    towline("init", ["init"], (output) => expect(output.includes('"mesh"'), `printed ${output}`)),
    towline("add", ["add", title], () => undefined),
    towline("sim", ["sim", "--seeds", "1"], (output) =>
      expect(output.includes('"failures":[]'), `printed ${output}`),
    ),
    towline("list", ["list"], (output) => expect(output.includes(title), `printed ${output}`)),
    {
      name: "library",
      command: ["node", "-e", 'import("towline").then((m) => console.log(typeof m.openNode))'],
      check: (output) => expect(output.includes("function"), "openNode is not exported"),
    },
    {
      name: "client",
      command: [
        "node",
        "-e",
        'import("towline/client").then((m) => console.log(typeof m.TowlineClient))',
      ],
      check: (output) => expect(output.includes("function"), "TowlineClient is not exported"),
    },
    {
      name: "board",
      command: ["node", "-p", 'fs.readdirSync("node_modules/towline/dist/board").join()'],
      check: (output) => expect(output.includes("index.html"), "the board is not in the package"),
    },
  ];
}

/** Runs one step; what it says on stderr is a fault too, for no warning belongs there. */
function run(step: Step, cwd: string, env: NodeJS.ProcessEnv): string | null {
  const [command = "", ...args] = step.command;
  const done = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: 60_000 });
  if (done.error !== undefined) return done.error.message;
  if (done.status !== 0) return `exit ${done.status ?? "by signal"}: ${firstLine(done.stderr)}`;
  // A library prints what Node warns of; only the command promises a clean stderr.
  if (command === "towline" && done.stderr !== "") return `stderr: ${firstLine(done.stderr)}`;
  try {
    step.check(done.stdout);
    return null;
  } catch (problem) {
    return firstLine(String(problem));
  }
}

/** That a TypeScript project sees the package's declarations. */
function checkTypes(project: string): Outcome {
  writeFileSync(
    join(project, "use.mts"),
    'import { openNode } from "towline";\nexport const opened: Promise<unknown> = openNode;\n',
  );
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const roots = resolve("node_modules/@types");
  const done = spawnSync(
    process.execPath,
    [
      tsc,
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2024",
    ].concat(["--typeRoots", roots, "--types", "node", "use.mts"]),
    { cwd: project, encoding: "utf8" },
  );
  // The assignment above is wrong on purpose: were openNode `any`, it would pass.
  const typed = done.stdout.includes("TS2322") || done.stdout.includes("TS2739");
  const problem = typed && !done.stdout.includes("TS7016") ? null : firstLine(done.stdout);
  return { node: "typescript", step: "types", problem };
}

function npm(args: readonly string[], cwd: string): void {
  const { env } = process;
  const npmPath = env.npm_execpath;
  const [command, before] = npmPath === undefined ? ["npm", []] : [process.execPath, [npmPath]];
  const done = spawnSync(command, [...before, ...args], {
    cwd,
    env: cwd === process.cwd() ? env : cleanEnv([]),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (done.status !== 0) throw new Error(done.stderr.trim() || done.stdout.trim());
}

/** The caller's environment without what npm and our bootstrap put into it. */
function cleanEnv(first: readonly string[]): NodeJS.ProcessEnv {
  const ours = resolve("node_modules") + sep;
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|TOWLINE_|INIT_CWD$)/iu.test(name),
  );
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((entry) => !`${entry}${sep}`.startsWith(ours));
  return { ...Object.fromEntries(kept), PATH: [...first, ...path].join(delimiter) };
}

function parsePackage(text: string): { readonly name: string; readonly version: string } {
  return JSON.parse(text) as { name: string; version: string };
}

function expect(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

function firstLine(text: string): string {
  return text.trim().split("\n").slice(0, 3).join(" | ").slice(0, 300);
}
