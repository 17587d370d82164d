/** The commands that look back, and those on the op log as a whole. */
import type { Command } from "commander";
import type { DiffFlags } from "./actions/diff.ts";
import type { LogFlags } from "./actions/look-back.ts";
import { invocationOf, withWait } from "./define.ts";

export function addHistoryCommands(program: Command): void {
  program.commandsGroup("History and files:");
  addLookBack(program);
  addDiff(program);
  withWait(program.command("import"))
    .argument("<path>", "a tracker export, an edit trace, a towline export, a folder of Markdown")
    .description("take items from elsewhere; the format is recognised")
    .action(async (path: string, _: object, command: Command) => {
      const { importFile } = await import("./actions/import.ts");
      await importFile(invocationOf(command), path);
    });
  program
    .command("export")
    .description("write every op as a line of JSON, signed, to be imported elsewhere")
    .option("--out <file>", "write to a file, whole or not at all")
    .action(async (options: { readonly out?: string }, command: Command) => {
      const { exportLog } = await import("./actions/history.ts");
      await exportLog(invocationOf(command), options);
    });
  program
    .command("digest")
    .description("print the digests that two nodes in step have in common")
    .action(async (_: object, command: Command) => {
      const { digest } = await import("./actions/history.ts");
      await digest(invocationOf(command));
    });
  program
    .command("verify")
    .description("check every hash, signature and chain on disk again")
    .action(async (_: object, command: Command) => {
      const { verify } = await import("./actions/history.ts");
      await verify(invocationOf(command));
    });
}

function addLookBack(program: Command): void {
  program
    .command("log")
    .argument("[item]", "its id, or the beginning of it; all ops without")
    .description("list what happened, in the order in which it came here")
    .option("--limit <n>", "only the latest so many")
    .option("--at <moment>", "up to then: 2h ago, 2026-03-01T09:30, 120 ops")
    .action(async (item: string | undefined, flags: LogFlags, command: Command) => {
      const { log } = await import("./actions/look-back.ts");
      await log(invocationOf(command), item, flags);
    });
  program
    .command("blame")
    .argument("<item>", "its id, or the beginning of it")
    .description("show who wrote each field of an item, and when")
    .option("--at <moment>", "as it was: 2h ago, 2026-03-01T09:30, 120 ops")
    .action(async (item: string, flags: { readonly at?: string }, command: Command) => {
      const { blame } = await import("./actions/look-back.ts");
      await blame(invocationOf(command), item, flags);
    });
  withWait(program.command("undo"))
    .argument("[item-or-op]", "an item, or the first 6 or more digits of an op's id")
    .description("take back the last change of your own, of an item or of all, by a new op")
    .option("--item <item>", "of the op only what it did to this item")
    .option("--force", "also what somebody has changed again since")
    .action(
      async (
        what: string | undefined,
        flags: { readonly force?: boolean; readonly item?: string },
        command: Command,
      ) => {
        const { undo } = await import("./actions/look-back.ts");
        await undo(invocationOf(command), what, flags);
      },
    );
}

function addDiff(program: Command): void {
  program
    .command("diff")
    .description("show which fields differ from another node, or between two moments")
    .option("--peer <url>", "what that node has, by its HTTP API")
    .option("--token <token>", "lets this command in there (TOWLINE_TOKEN)")
    .option("--with <folder>", "what the node of another data folder has")
    .option("--from <moment>", "what this node had then: 2h ago, 2026-03-01T09:30, 120 ops")
    .option("--to <moment>", "against what it had then (default: now)")
    .action(async (flags: DiffFlags, command: Command) => {
      const { diff } = await import("./actions/diff.ts");
      await diff(invocationOf(command), flags);
    });
}
