/** The command line: every command with its options. What a command does is loaded when it runs. */
import { Command, Help } from "commander";
import { stages } from "../op/change.ts";
import type { AddOptions, MoveOptions } from "./actions/edit.ts";
import type { ListOptions } from "./actions/items.ts";
import type { JoinOptions } from "./actions/join.ts";
import type { InviteOptions } from "./actions/invite.ts";
import type { InitOptions } from "./actions/setup.ts";
import type { ServeOptions } from "./actions/serve.ts";
import type { SyncOptions } from "./actions/sync.ts";
import { gather, invocationOf, withWait } from "./define.ts";
import { addAccessCommand } from "./access-commands.ts";
import { addHistoryCommands } from "./history-commands.ts";
import { defaultWait } from "./invocation.ts";
import { addLookCommands } from "./look-commands.ts";
import { addSimCommand } from "./sim-command.ts";
import { addWebhooksCommand } from "./webhook-commands.ts";
import { addWorkCommands } from "./work-commands.ts";

/** The program, whose `parseAsync` runs the command; its own errors are thrown, not printed. */
export function createProgram(version: string): Command {
  const program = new Command("towline")
    .description("Keeps one work pipeline in step on many machines, with no central scheduler.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show what a command takes")
    .helpCommand("help [command]", "show what a command takes")
    .optionsGroup("Options of every command:")
    .option("--dir <folder>", "the data folder (default: .towline here or above; TOWLINE_DIR)")
    .option("--json", "print JSON, for scripts")
    .option("--quiet", "print results only")
    .option("--no-color", "no colours (NO_COLOR)")
    .option("--actor <name>", "who acts (TOWLINE_ACTOR; default: the user)")
    .option("--debug", "show stacks and the log")
    .configureHelp({ showGlobalOptions: true, formatHelp: commandsFirst })
    .addHelpText("after", example)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  addNodeCommands(program);
  addConnectCommands(program);
  addItemCommands(program);
  addWorkCommands(program);
  addHistoryCommands(program);
  addLookCommands(program);
  addWebhooksCommand(program);
  addSimCommand(program);
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  return program;
}

const example = `
A first minute:
  towline init                     a pipeline in ./.towline
  towline add "Fix the login"      an item in its backlog
  towline up                       run the node; other commands then work through it
  towline agent --run 'make test'  take items and run a command on each
  towline invite                   print what to type on the next machine`;

/** The usual help, but with what people look for first at the top: the commands. */
function commandsFirst(command: Command, helper: Help): string {
  const text = Help.prototype.formatHelp.call(helper, command, helper);
  if (command.parent !== null) return text;
  const blocks = text.trimEnd().split("\n\n");
  const isOptions = (block: string): boolean => block.startsWith("Options");
  const ordered = [
    ...blocks.filter((block) => !isOptions(block)),
    ...blocks.filter((block) => isOptions(block)),
  ];
  return `${ordered.join("\n\n")}\n`;
}

function withServing(command: Command): Command {
  return command
    .option("--port <port>", "where to listen; 0 picks a free one (default: 4747)")
    .option("--host <host>", "the address to listen on (default: 127.0.0.1; 0.0.0.0 for all)")
    .option("--name <name>", "what this node is called (default: the machine's name)")
    .option("--open", "let in everybody who knows the URL");
}

function addNodeCommands(program: Command): void {
  program.commandsGroup("A node:");
  program
    .command("init")
    .description("found a new pipeline in a new data folder")
    .option("--name <name>", "what this node is called (default: the machine's name)")
    .option("--mcp", "let coding agents work in it, by an entry in .mcp.json")
    .option("--no-mcp", "write no such entry, and do not ask")
    .action(async (options: InitOptions, command: Command) => {
      const { init } = await import("./actions/setup.ts");
      await init(invocationOf(command), options);
    });
  withServing(program.command("up"))
    .description("run the node until it is stopped; found or join a pipeline when there is none")
    .option("--rendezvous <url>", "dial this node, and again whenever it is lost", gather)
    .option("--token <token>", "lets a fresh node in at its rendezvous (TOWLINE_TOKEN)")
    .action(async (options: ServeOptions, command: Command) => {
      const { up } = await import("./actions/up.ts");
      await up(invocationOf(command), options);
    });
  withServing(program.command("start"))
    .description("run a node in ./.towline and print how a second one joins (npm start)")
    .option("--rendezvous <url>", "dial this node, and again whenever it is lost", gather)
    .option("--token <token>", "lets a fresh node in at its rendezvous (TOWLINE_TOKEN)")
    .action(async (options: ServeOptions, command: Command) => {
      const { start } = await import("./actions/up.ts");
      await start(invocationOf(command), options);
    });
}

function addConnectCommands(program: Command): void {
  program.commandsGroup("Other nodes:");
  program
    .command("invite")
    .description("make a token that lets another node in, and print its join command")
    .option("--ttl <time>", "how long it is valid: 30m, 24h, 7d or never", "24h")
    .option("--uses <n>", "how many nodes it lets in: a number, or any", "1")
    .option("--label <text>", "a remark to keep with it")
    .option("--url <url>", "where the other node reaches this one")
    .action(async (options: InviteOptions, command: Command) => {
      const { invite } = await import("./actions/invite.ts");
      await invite(invocationOf(command), options);
    });
  withServing(program.command("join"))
    .argument("<url>", "a node of the mesh, as the invite names it")
    .description("become a node of the pipeline behind a URL, and fetch what it holds")
    .option("--token <token>", "the token of the invite (TOWLINE_TOKEN)")
    .option("--token-file <file>", "read the token from a file, or from stdin with -")
    .option("--key <hex>", "the key that the node there has to have")
    .option("--up", "then go on running, as towline up does")
    .action(async (url: string, options: JoinOptions, command: Command) => {
      const { join } = await import("./actions/join.ts");
      await join(invocationOf(command), url, options);
    });
  program
    .command("token")
    .description("make a token for towline.toml, for nodes that come and go")
    .action(async (_: object, command: Command) => {
      const { token } = await import("./actions/setup.ts");
      token(invocationOf(command));
    });
  program
    .command("peers")
    .description("list the nodes that are connected, dialled or trusted")
    .option("--watch", "again whenever something changes, until Ctrl-C")
    .option("--limit <n>", "with --watch: ends after so many looks")
    .action(
      async (options: { readonly watch?: boolean; readonly limit?: string }, command: Command) => {
        const { peers } = await import("./actions/peers.ts");
        await peers(invocationOf(command), options);
      },
    );
  addSyncCommand(program);
  addAccessCommand(program);
}

function addSyncCommand(program: Command): void {
  program
    .command("sync")
    .argument("[peer...]", "with whom: hub, a peer's key or URL (default: all of them)")
    .description("wait until this node and its peers have exactly the same")
    .option("--wait-timeout <time>", "how long at most", defaultWait)
    .action(async (peers: readonly string[], options: SyncOptions, command: Command) => {
      const { sync } = await import("./actions/sync.ts");
      await sync(invocationOf(command), peers, options);
    });
}

function addItemCommands(program: Command): void {
  program.commandsGroup("Work items:");
  withWait(program.command("add"))
    .argument("<title>", "what is to be done")
    .description("create an item and print its id")
    .option("--id <item>", "its id (default: made of the title)")
    .option("--stage <stage>", "its stage", "backlog")
    .option("--description <text>", "more about it; - reads stdin")
    .option("--label <label>", "a label; may be repeated", gather)
    .option("--priority <n>", "its priority; smaller numbers come first")
    .option("--kind <kind>", "what it is: bug, task, …")
    .option("--assignee <name>", "who works on it")
    .option("--depends-on <item>", "an item that comes first; may be repeated", gather)
    .option("--field <field=value>", "any other field; may be repeated", gather)
    .action(async (title: string, options: AddOptions, command: Command) => {
      const { add } = await import("./actions/edit.ts");
      await add(invocationOf(command), title, options);
    });
  program
    .command("list")
    .description("list items by stage and priority")
    .option("--stage <stage>", `only this stage, or none; may be repeated`, gather)
    .option("--label <label>", "only with this label; may be repeated", gather)
    .option("--assignee <name>", "only of this assignee")
    .option("--search <text>", "only with this text in a field, a note or the id")
    .option("--archived", "only archived ones, or those as well with --stage")
    .option("--all", "archived ones as well (with --json they always are)")
    .option("--limit <n>", "at most so many")
    .action(async (options: ListOptions, command: Command) => {
      const { list } = await import("./actions/items.ts");
      await list(invocationOf(command), options);
    });
  program
    .command("show")
    .argument("<item>", "its id, or the beginning of it")
    .description("show one item with its notes")
    .option("--at <moment>", "as it was: 2h ago, 2026-03-01T09:30, 120 ops")
    .action(async (item: string, options: { readonly at?: string }, command: Command) => {
      const { show } = await import("./actions/items.ts");
      await show(invocationOf(command), item, options);
    });
  addEditCommands(program);
}

function addEditCommands(program: Command): void {
  withWait(program.command("set"))
    .argument("<item>", "its id")
    .argument("<change...>", "field=value; null clears; field+=value and field-=value for sets")
    .description("change fields of an item")
    .action(async (item: string, changes: readonly string[], _: object, command: Command) => {
      const { set } = await import("./actions/edit.ts");
      await set(invocationOf(command), item, changes);
    });
  withWait(program.command("move"))
    .argument("<item>", "its id")
    .argument("<stage>", stages.join(", "))
    .description("move an item to a stage, and settle a conflict about it")
    .option("--force", "against the rules of the stages; recorded")
    .option("--reason <text>", "why")
    .action(async (item: string, stage: string, options: MoveOptions, command: Command) => {
      const { move } = await import("./actions/edit.ts");
      await move(invocationOf(command), item, stage, options);
    });
  withWait(program.command("note"))
    .argument("<item>", "its id")
    .argument("<text>", "the note; - reads stdin")
    .description("append a note to an item")
    .action(async (item: string, text: string, _: object, command: Command) => {
      const { note } = await import("./actions/edit.ts");
      await note(invocationOf(command), item, text);
    });
  withWait(program.command("label"))
    .argument("<item>", "its id")
    .argument("<label...>", "+bug or bug adds it, -bug removes it")
    .description("add labels to an item and remove them")
    // Otherwise -bug would be an option.
    .allowUnknownOption()
    .action(async (item: string, labels: readonly string[], _: object, command: Command) => {
      const { label } = await import("./actions/edit.ts");
      await label(invocationOf(command), item, labels);
    });
  withWait(program.command("rm"))
    .argument("<item>", "its id")
    .description("delete an item for good, on every node")
    .option("--yes", "do not ask")
    .action(async (item: string, options: { readonly yes?: boolean }, command: Command) => {
      const { rm } = await import("./actions/edit.ts");
      await rm(invocationOf(command), item, options);
    });
}
