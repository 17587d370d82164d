/** What all definitions of commands have in common. */
import type { Command } from "commander";
import type { GlobalOptions } from "./invocation.ts";
import { Invocation } from "./invocation.ts";

export function invocationOf(command: Command): Invocation {
  return new Invocation(command.optsWithGlobals<GlobalOptions>());
}

/** Gathers the values of an option that may be given several times. */
export function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
