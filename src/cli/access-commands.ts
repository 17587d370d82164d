/** The command that says who may use the HTTP API. */
import type { Command } from "commander";
import type { AccessFlags } from "./actions/access.ts";
import { invocationOf } from "./define.ts";

export function addAccessCommand(program: Command): void {
  program
    .command("access")
    .argument("<what>", "add, list or rm")
    .argument("[id]", "of rm: which token")
    .description("make, list and remove tokens for the board and the HTTP API")
    .option("--role <role>", "of add: viewer or editor")
    .option("--label <text>", "of add: who acts with it, unless a request says otherwise")
    .action(async (what: string, id: string | undefined, flags: AccessFlags, command: Command) => {
      const { access } = await import("./actions/access.ts");
      await access(invocationOf(command), { what, id, ...flags });
    });
}
