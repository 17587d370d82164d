/** The commands that look at a node and look after it. */
import { Argument } from "commander";
import type { Command } from "commander";
import type { DoctorFlags } from "./actions/doctor.ts";
import type { ServiceFlags } from "./actions/service.ts";
import type { WatchFlags } from "./actions/watch.ts";
import { gather, invocationOf } from "./define.ts";

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
    .command("doctor")
    .description("look for what is wrong with the node and the way to others, with the fix")
    .option("--rendezvous <url>", "look at the way to this node as well", gather)
    .option("--token <token>", "try this token on nodes that do not know this one; it is used up")
    .option("--idle", "hold a silent connection for half a minute, to find proxies that cut it")
    .action(async (flags: DoctorFlags, command: Command) => {
      const { doctor } = await import("./actions/doctor.ts");
      await doctor(invocationOf(command), flags);
    });
  program
    .command("config")
    .description("show each setting and where it comes from")
    .action(async (_: object, command: Command) => {
      const { config } = await import("./actions/setup.ts");
      config(invocationOf(command));
    });
  addSetUp(program);
}

function addSetUp(program: Command): void {
  program
    .command("open")
    .description("open the board of the node that runs here in a browser, and let it in")
    .option("--print", "only print the URL")
    .action(async (flags: { readonly print?: boolean }, command: Command) => {
      const { open } = await import("./actions/open.ts");
      await open(invocationOf(command), flags);
    });
  program
    .command("service")
    .addArgument(new Argument("<what>", "install").choices(["install"]))
    .description("make the node a service of systemd, which starts it with the machine")
    .option("--user", "of this user (the default)")
    .option("--system", "of the machine; takes root")
    .option("--unit <name>", "what the service is called", "towline")
    .option("--dry-run", "only print the unit")
    .action(async (_what: string, flags: ServiceFlags, command: Command) => {
      const { service } = await import("./actions/service.ts");
      service(invocationOf(command), flags);
    });
  program
    .command("completions")
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices(["bash", "zsh", "fish"]))
    .description("print what makes a shell complete commands and options")
    .action(async (shell: string) => {
      const { completions } = await import("./actions/completions.ts");
      completions(program, shell);
    });
}
