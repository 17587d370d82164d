/** One node in a process of its own, from the side of the benchmark. */
import { join } from "node:path";
import { CallProcess } from "./call-process.ts";
import type { Calls } from "./calls.ts";

export class NodeProcess extends CallProcess<Calls> {
  /** `profileDir` gets a CPU profile named after `role` when the process ends. */
  constructor(role: string, profileDir: string | null) {
    const profile = ["--cpu-prof", `--cpu-prof-name=${role}-${String(Date.now())}.cpuprofile`];
    const execArgv = profileDir === null ? [] : [...profile, `--cpu-prof-dir=${profileDir}`];
    super({ role, path: join(import.meta.dirname, "child.ts"), execArgv });
  }
}
