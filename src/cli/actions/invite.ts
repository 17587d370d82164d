/** Lets another node in. */
import { invite as inviteCommand } from "../../commands/node.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import { isoMinute, parseDuration } from "../ui/time.ts";
import { isLocalUrl, joinCommand } from "./join-command.ts";
import { printResult } from "./print.ts";
import { parseCount } from "./values.ts";

export interface InviteOptions {
  readonly ttl: string;
  readonly uses: string;
  readonly label?: string;
  readonly url?: string;
}

export async function invite(invocation: Invocation, options: InviteOptions): Promise<void> {
  const { terminal, cwd } = invocation;
  const params = {
    ttlMs: parseDuration(options.ttl),
    uses: options.uses === "any" ? null : parseCount(options.uses, "--uses"),
    label: options.label ?? null,
    url: options.url ?? null,
  };
  const dir = invocation.existingFolder;
  const made = await runCommand(invocation, inviteCommand, params);
  const command = joinCommand(made, dir, cwd);
  const result = {
    token: made.token,
    url: made.url,
    command,
    expires: made.expires,
    key: made.key,
  };
  const until = made.expires === null ? "does not expire" : `until ${isoMinute(made.expires)}`;
  const uses =
    params.uses === null
      ? "any number of times"
      : params.uses === 1
        ? "once"
        : `${params.uses} times`;
  printResult(terminal, result, [command]);
  if (terminal.isJson) return;
  const { dim } = terminal.errorColors;
  terminal.remark(dim(`It lets in whoever has it, ${uses}, ${until}, and is not shown again.`));
  if (!made.running) terminal.remark(dim('No node runs here yet: start it with "towline up".'));
  if (isLocalUrl(made.url)) {
    terminal.remark(
      dim('It works on this machine only. For others: "towline up --host 0.0.0.0", or name --url.'),
    );
  }
}
