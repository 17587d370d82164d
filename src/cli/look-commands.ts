/** The commands that look at a node and look after it. */
import type { Command } from "commander";
import type { WatchFlags } from "./actions/watch.ts";
import { invocationOf } from "./define.ts";

export function addLookCommands(program: Command): void {
  program.commandsGroup("This node:");
  program
    .command("status")
    .description("show on one screen whether all is in step, and what needs attention")
    .action(async (_: object, command: Command) => {
      const { status } = await import("./actions/status.ts");
      await status(invocationOf(command));
    });
  program
    .command("watch")
    .argument("[item]", "only what happens to this item")
    .description("print each change as it happens, until Ctrl-C")
    .option("--limit <n>", "ends after so many")
    .action(async (item: string | undefined, flags: WatchFlags, command: Command) => {
      const { watch } = await import("./actions/watch.ts");
      await watch(invocationOf(command), item, flags);
    });
  program
    .command("config")
    .description("show each setting and where it comes from")
    .action(async (_: object, command: Command) => {
      const { config } = await import("./actions/setup.ts");
      config(invocationOf(command));
    });
}
