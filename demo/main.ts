/**
 * `npm run demo`: three real nodes on this machine, edited all at once while their connections are
 * cut and healed, until they agree. Exits 0 when they do.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Demo } from "./demo.ts";
import { openMesh } from "./mesh.ts";
import type { DemoOptions } from "./options.ts";
import { readOptions, usage } from "./options.ts";
import { openScreen } from "./screen.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: DemoOptions | "help";
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${usage}`);
    return 2;
  }
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  const dir = mkdtempSync(join(tmpdir(), "towline-demo-"));
  const screen = openScreen(options.isJson);
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Who asks twice does not want to wait for the nodes to close.
    process.on(signal, () => (abort.signal.aborted ? process.exit(130) : abort.abort()));
  }
  // Also when something throws where nobody waits for it.
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  try {
    await using mesh = await openMesh(dir);
    return await new Demo(mesh, screen, options).run(abort.signal);
  } catch (error) {
    if (abort.signal.aborted) return 130;
    console.error(`the demo failed: ${messageOf(error)}`);
    return 1;
  } finally {
    screen.end();
    rmSync(dir, { recursive: true, force: true });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
