/** sim: the core under a virtual network, disk and clock, with faults drawn from seeds. */
import { TowlineError } from "../../base/errors.ts";
import { packageVersion } from "../../node/version.ts";
import { simulate } from "../../sim/command.ts";
import type { Invocation } from "../invocation.ts";
import { programName } from "./join-command.ts";
import { parseCount } from "./values.ts";

export interface SimFlags {
  readonly seeds: string;
  readonly first: string;
  readonly seed?: string;
  readonly scenario?: string;
  readonly scale: string;
  readonly until?: string;
  readonly trace?: boolean;
  readonly shrink?: boolean;
}

export async function sim({ terminal, cwd }: Invocation, flags: SimFlags): Promise<void> {
  const { seed = null, scenario = null, until } = flags;
  const isKept = await simulate(
    {
      seeds: parseCount(flags.seeds, "--seeds"),
      first: parseCount(flags.first, "--first"),
      seed,
      scenario,
      scale: parseScale(flags.scale),
      until: until === undefined ? Infinity : parseCount(until, "--until"),
      isTracing: flags.trace === true,
      isShrinking: flags.shrink === true,
      folder: cwd,
      isJson: terminal.isJson,
    },
    {
      version: `version ${packageVersion()}`,
      command: `${programName} sim`,
      variant: null,
      print: (line) => terminal.line(line),
    },
  );
  if (isKept) return;
  throw new TowlineError(
    "simulation/failed",
    "A promise was broken. Please report the seed: it is a bug.",
  );
}

function parseScale(text: string): number {
  const scale = /^[0-9]{1,3}(\.[0-9]{1,3})?$/u.test(text) ? Number(text) : 0;
  if (scale > 0) return scale;
  const message = `--scale takes a number above 0, such as 0.5 or 3, not ${JSON.stringify(text)}.`;
  throw new TowlineError("usage/invalid", message);
}
