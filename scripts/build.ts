// `npm run build`: src to dist/ and web/ to dist/board/, as published. The command gets its first
// line here, because the sources are run by a Node that is told the same by bootstrap.mjs.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { buildBoard } from "./board.ts";

// node:sqlite still counts as experimental in the older Nodes that we support.
const firstLine = "#!/usr/bin/env -S node --disable-warning=ExperimentalWarning";
const command = "dist/cli/main.js";

rmSync("dist", { recursive: true, force: true });
const built = spawnSync(
  process.execPath,
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
  { stdio: ["ignore", "inherit", "inherit"] },
);
if (built.status !== 0) process.exit(built.status ?? 1);
if (!existsSync(command)) {
  console.error(`the build made no ${command}, which package.json names as the command`);
  process.exit(1);
}
const body = readFileSync(command, "utf8").replace(/^#!.*\n/u, "");
writeFileSync(command, `${firstLine}\n${body}`);
chmodSync(command, 0o755);
await buildBoard();
