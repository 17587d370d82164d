#!/usr/bin/env node
/**
 * The program `towline`. Compiled code is kept from run to run, which halves the start of a
 * command; so nothing else may be loaded before it is known where.
 */
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const folder = cacheFolder();
if (folder !== null) enableCompileCache(folder);

const { run } = await import("./run.ts");
await run();

/** Not the folder for temporary files, which is Node's own choice: others could write there. */
function cacheFolder(): string | null {
  try {
    return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "towline");
  } catch {
    // A user without a home, as in some containers, starts a little slower.
    return null;
  }
}
