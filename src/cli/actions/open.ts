/** Opens the board in a browser, and lets that browser in. */
import { openSession } from "../../commands/open-session.ts";
import { openerFor, startOpener } from "../browser.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { printResult } from "./print.ts";

export async function open(
  invocation: Invocation,
  { print }: { readonly print?: boolean },
): Promise<void> {
  const { terminal, actor, env } = invocation;
  const { url } = await runCommand(invocation, openSession, { actor });
  const opener = print === true ? null : openerFor(url, { platform: process.platform, env });
  const opened = opener !== null && (await startOpener(opener));
  printResult(terminal, { url, opened }, [url]);
  const { dim } = terminal.errorColors;
  terminal.remark(dim("It lets in one browser, once, within two minutes."));
  if (opener !== null && !opened) {
    terminal.remark(dim(`${opener.command} did not start: open it yourself.`));
  }
}
