/** The command that runs the simulator. */
import type { Command } from "commander";
import type { SimFlags } from "./actions/sim.ts";
import { invocationOf } from "./define.ts";

export function addSimCommand(program: Command): void {
  program
    .command("sim")
    .description("run the core in a simulated mesh that breaks everything, and check its promises")
    .option("--seeds <n>", "so many runs, on all processors", "100")
    .option("--first <n>", "the first seed of them", "1")
    .option("--seed <x>", "one run instead, such as one that failed")
    .option("--scenario <file>", "one run instead, from a file that --shrink wrote")
    .option("--scale <x>", "longer runs with more work", "1")
    .option("--until <n>", "only the first actions of the one run")
    .option("--trace", "print each event of the one run")
    .option("--shrink", "make the one run small if it fails, and write it to a file here")
    .action(async (flags: SimFlags, command: Command) => {
      const { sim } = await import("./actions/sim.ts");
      await sim(invocationOf(command), flags);
    });
}
