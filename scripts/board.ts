// Builds the browser's part, web/, to dist/board/, when its sources are newer than what is there.
// With --watch it builds anew on each change, without minifying; reload the page to see it.
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = join(root, "dist", "board");
/** The hash of what `output` was built from. Beside it, for what is in it is served. */
const stamp = join(root, "dist", "board.built");
const sources = ["web/**/*", "src/client/**/*", "src/react/**/*"];

/** True when it had to build. Two at once do no harm: the last one to finish stays. */
export async function buildBoard(): Promise<boolean> {
  const hash = sourceHash();
  const built = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (built === hash && existsSync(join(output, "index.html"))) return false;
  const folder = `${output}.${process.pid}`;
  try {
    await bundle({ outDir: folder, isWatching: false });
    replaceOutput(folder);
    writeFileSync(stamp, hash);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return true;
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
  mkdirSync(join(root, "dist"), { recursive: true });
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
