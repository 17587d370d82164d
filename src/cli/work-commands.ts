/** The commands that hand out work: what is ready, claims, agents. */
import type { Command } from "commander";
import type { AgentFlags } from "./actions/agent.ts";
import type { ClaimFlags, EndFlags } from "./actions/claim.ts";
import type { NextFlags, ReadyFlags } from "./actions/work.ts";
import { gather, invocationOf } from "./define.ts";

export function addWorkCommands(program: Command): void {
  program.commandsGroup("Who does what:");
  addLists(program);
  addClaims(program);
  addEnds(program);
  addAgent(program);
  addMcp(program);
}

function withWorker(command: Command): Command {
  return command
    .option("--stage <stage>", "only this stage; may be repeated", gather)
    .option("--label <label>", "what can be done here, beside the setting labels", gather);
}

function withClaim(command: Command): Command {
  return command
    .option("--confirm <by>", "hub, quorum:N or none", "hub")
    .option("--wait-timeout <time>", "how long they may take to answer", "10s")
    .option("--lease <time>", "how long it lasts without a sign of life (default: while up)");
}

function addLists(program: Command): void {
  withWorker(program.command("ready"))
    .description("list items that may be worked on, what matters most first")
    .option("--limit <n>", "at most so many")
    .action(async (flags: ReadyFlags, command: Command) => {
      const { ready } = await import("./actions/work.ts");
      await ready(invocationOf(command), flags);
    });
  withWorker(program.command("blocked"))
    .description("list items that may not be worked on, and why")
    .action(async (flags: ReadyFlags, command: Command) => {
      const { blocked } = await import("./actions/work.ts");
      await blocked(invocationOf(command), flags);
    });
  withClaim(withWorker(program.command("next")))
    .description("show what to do next")
    .option("--take", "claim it as well")
    .action(async (flags: NextFlags, command: Command) => {
      const { next } = await import("./actions/work.ts");
      await next(invocationOf(command), flags);
    });
  program
    .command("claims")
    .description("list who holds which item")
    .option("--all", "those that have ended as well")
    .action(async (flags: { readonly all?: boolean }, command: Command) => {
      const { claims } = await import("./actions/work.ts");
      await claims(invocationOf(command), flags);
    });
}

function addClaims(program: Command): void {
  withClaim(program.command("claim"))
    .argument("<item>", "its id")
    .description("take an item, so that nobody else works on it")
    .option("--force", "although it is not ready")
    .option("--reason <text>", "why")
    .action(
      async (item: string, flags: ClaimFlags & { readonly force?: boolean }, command: Command) => {
        const { claim } = await import("./actions/claim.ts");
        await claim(invocationOf(command), item, flags);
      },
    );
  withClaim(program.command("steal"))
    .argument("<item>", "its id")
    .description("take an item from whoever holds it")
    .requiredOption("--reason <text>", "why, for whoever loses it")
    .action(async (item: string, flags: ClaimFlags, command: Command) => {
      const { steal } = await import("./actions/claim.ts");
      await steal(invocationOf(command), item, flags);
    });
}

function addEnds(program: Command): void {
  program
    .command("release")
    .argument("<item>", "its id")
    .description("give an item back")
    .option("--claim <op>", "only if this claim stands")
    .option("--force", "whoever holds it")
    .option("--reason <text>", "why")
    .action(async (item: string, flags: EndFlags, command: Command) => {
      const { release } = await import("./actions/claim.ts");
      await release(invocationOf(command), item, flags);
    });
  program
    .command("done")
    .argument("<item>", "its id")
    .description("end the work on an item: it goes to the next stage")
    .option("--to <stage>", "to this stage instead")
    .option("--claim <op>", "only if this claim stands")
    .option("--force", "against the rules of the stages; recorded")
    .option("--reason <text>", "why")
    .action(async (item: string, flags: EndFlags & { readonly to?: string }, command: Command) => {
      const { done } = await import("./actions/claim.ts");
      await done(invocationOf(command), item, flags);
    });
  program
    .command("fail")
    .argument("<item>", "its id")
    .description("end the work on an item without success: a try is used up")
    .requiredOption("--reason <text>", "what went wrong")
    .option("--retries <n>", "further tries before it is blocked", "3")
    .option("--claim <op>", "only if this claim stands")
    .action(
      async (item: string, flags: EndFlags & { readonly retries: string }, command: Command) => {
        const { fail } = await import("./actions/claim.ts");
        await fail(invocationOf(command), item, flags);
      },
    );
  program
    .command("retry")
    .argument("<item>", "its id")
    .description("let an item that is blocked be tried again")
    .action(async (item: string, _: object, command: Command) => {
      const { retry } = await import("./actions/claim.ts");
      await retry(invocationOf(command), item);
    });
  program
    .command("dep")
    .argument("<what>", "add or rm")
    .argument("<item>", "the item that waits")
    .argument("<on>", "the item that comes first")
    .description("make an item wait for another one, or no longer")
    .action(async (what: string, item: string, on: string, _: object, command: Command) => {
      const { dep } = await import("./actions/claim.ts");
      await dep(invocationOf(command), what, { item, on });
    });
}

function addAgent(program: Command): void {
  withWorker(program.command("agent"))
    .description("take items that are ready and run a command on each")
    .requiredOption("--run <command>", "the command, run by the shell")
    .option("--to <stage>", "where an item goes when it succeeds (default: the next stage)")
    .option("--jobs <n>", "commands at a time", "1")
    .option("--timeout <time>", "how long a command may take (default: any time)")
    .option("--retries <n>", "further tries before an item is blocked", "3")
    .option("--once", "take one item, and end when that is done")
    .option("--confirm <by>", "hub, quorum:N or none", "hub")
    .option("--wait-timeout <time>", "how long they may take to answer", "10s")
    .option("--lease <time>", "how long others wait for a sign of life (default: 10m)")
    .option("--cwd <folder>", "where commands run (default: an empty folder for each)")
    .option("--kill-after <time>", "from SIGTERM to SIGKILL (default: 10s)")
    .option("--rendezvous <url>", "dial this node, and again whenever it is lost", gather)
    .option("--token <token>", "lets a fresh node in at its rendezvous (TOWLINE_TOKEN)")
    .option("--port <port>", "where to listen when no node runs here (default: a free port)")
    .option("--host <host>", "the address to listen on (default: 127.0.0.1)")
    .option("--name <name>", "what this node is called (default: the machine's name)")
    .action(async (flags: AgentFlags, command: Command) => {
      const { agent } = await import("./actions/agent.ts");
      await agent(invocationOf(command), flags);
    });
}

function addMcp(program: Command): void {
  program
    .command("mcp")
    .description("serve the pipeline to a coding agent, as MCP over stdin and stdout")
    .action(async (_: object, command: Command) => {
      const { mcp } = await import("./actions/mcp.ts");
      await mcp(invocationOf(command));
    });
}
