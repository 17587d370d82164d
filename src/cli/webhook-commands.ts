/** The command that shows how webhooks go. */
import type { Command } from "commander";
import { invocationOf } from "./define.ts";

export function addWebhooksCommand(program: Command): void {
  program
    .command("webhooks")
    .argument("<what>", "list, dead, retry, test or secret")
    .argument("[which]", "of retry: the id; of test: the name")
    .description("show whom this node tells of transitions, and what could not be delivered")
    .action(async (what: string, which: string | undefined, _: object, command: Command) => {
      const { webhooks } = await import("./actions/webhooks.ts");
      await webhooks(invocationOf(command), { what, which });
    });
}
