/** What all definitions of commands have in common. */
import type { Command } from "commander";
import type { GlobalOptions } from "./invocation.ts";
import { defaultWait, Invocation } from "./invocation.ts";

export function invocationOf(command: Command): Invocation {
  return new Invocation(command.optsWithGlobals<GlobalOptions>());
}

/** Gathers the values of an option that may be given several times. */
export function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** A command that writes may wait for others; `Invocation` reads these options. */
export function withWait(command: Command): Command {
  return command
    .option("--wait <who>", "until they have it on disk: hub, all, quorum:N, a peer's key or URL")
    .option("--wait-timeout <time>", `how long at most (default: ${defaultWait})`);
}
