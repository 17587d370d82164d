// Builds the browser's part, web/, to dist/board/, when its sources are newer than what is there.
// With --watch it builds anew on each change, without minifying; reload the page to see it.
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = join(root, "dist", "board");
/** The hash of what `output` was built from. Beside it, for what is in it is served. */
const stamp = join(root, "dist", "board.built");
const lock = join(root, "dist", "board.lock");
/** A build takes some seconds; after a minute the lock is nobody's. */
const lockTriesMax = 600;
const lockPauseMs = 100;
const sources = ["web/**/*", "src/client/**/*", "src/react/**/*"];

/** True when it had to build. Of several at once, as in tests, one builds and the others wait. */
export async function buildBoard(): Promise<boolean> {
  const hash = sourceHash();
  if (isBuilt(hash)) return false;
  mkdirSync(join(root, "dist"), { recursive: true });
  for (let tries = 0; tries < lockTriesMax && !takeLock(); tries += 1) await sleep(lockPauseMs);
  const folder = `${output}.${process.pid}`;
  try {
    if (isBuilt(hash)) return false;
    await bundle({ outDir: folder, isWatching: false });
    replaceOutput(folder);
    writeFileSync(stamp, hash);
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}

function isBuilt(hash: string): boolean {
  const built = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  return built === hash && existsSync(join(output, "index.html"));
}

/** False while another process that is alive has it. */
function takeLock(): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (isLeft()) rmSync(lock, { force: true });
    return false;
  }
}

/** Whoever took the lock has died with it. */
function isLeft(): boolean {
  try {
    const holder = Number(readFileSync(lock, "utf8"));
    // Right after it was made, the file has no number yet.
    if (holder !== 0) process.kill(holder, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Changes with any source, the packages and this script. */
function sourceHash(): string {
  const hash = createHash("sha256");
  const files = globSync(sources, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  for (const path of [...files.sort(), "package-lock.json", "scripts/board.ts"]) {
    const bytes = readFileSync(join(root, path));
    hash.update(`${path}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

async function bundle(how: {
  readonly outDir: string;
  readonly isWatching: boolean;
}): Promise<void> {
  const { build } = await import("vite");
  await build({
    configFile: false,
    root: join(root, "web"),
    logLevel: how.isWatching ? "info" : "warn",
    build: {
      outDir: how.outDir,
      emptyOutDir: true,
      minify: !how.isWatching,
      // What the code uses, as URL.parse(), popovers and light-dark(), is there from these on.
      target: ["chrome126", "firefox126", "safari18"],
      // The policy of the page allows no inline script.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      watch: how.isWatching ? {} : null,
    },
  });
}

/** A page that is being loaded finds either the old files or the new ones. */
function replaceOutput(folder: string): void {
  const old = `${folder}.old`;
  if (existsSync(output)) renameSync(output, old);
  renameSync(folder, output);
  rmSync(old, { recursive: true, force: true });
}

/** What a browser loads, compressed, by kind of file. */
function sizes(): string {
  const kinds = new Map<string, number>();
  for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const kind = entry.name.slice(entry.name.lastIndexOf(".") + 1);
    const bytes = gzipSync(readFileSync(join(entry.parentPath, entry.name))).length;
    kinds.set(kind, (kinds.get(kind) ?? 0) + bytes);
  }
  return [...kinds].map(([kind, bytes]) => `${kind} ${(bytes / 1000).toFixed(1)} kB`).join(", ");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--watch")) await bundle({ outDir: output, isWatching: true });
  else if (await buildBoard()) console.error(`built the board (gzip: ${sizes()})`);
}
