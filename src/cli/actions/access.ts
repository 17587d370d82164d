/** access: tokens for the board and the HTTP API. */
import { TowlineError } from "../../base/errors.ts";
import type { AccessEntry } from "../../node/access-file.ts";
import { addAccess, listAccess, removeAccess } from "../../commands/access.ts";
import type { Invocation } from "../invocation.ts";
import { runCommand } from "../session.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import { isoMinute } from "../ui/time.ts";
import { printResult } from "./print.ts";

export interface AccessFlags {
  readonly role?: string;
  readonly label?: string;
}

interface AccessRequest extends AccessFlags {
  readonly what: string;
  readonly id: string | undefined;
}

export async function access(invocation: Invocation, request: AccessRequest): Promise<void> {
  const { what, id, role, label } = request;
  const isAlone = role === undefined && label === undefined;
  if (what === "add" && id === undefined) await add(invocation, role, label ?? "");
  else if (what === "list" && id === undefined && isAlone) await list(invocation);
  else if (what === "rm" && id !== undefined && isAlone) await remove(invocation, id);
  else {
    const forms = '"towline access add --role ROLE", "towline access list", "towline access rm ID"';
    throw new TowlineError("usage/invalid", `Write one of ${forms}.`);
  }
}

async function add(invocation: Invocation, role: string | undefined, label: string): Promise<void> {
  const { terminal } = invocation;
  const made = await runCommand(invocation, addAccess, { role: role ?? "", label });
  printResult(terminal, made, [made.token]);
  if (terminal.isJson) return;
  const { dim } = terminal.errorColors;
  terminal.remark(dim(`It lets in whoever has it, as ${made.role}, and is not shown again.`));
  terminal.remark(
    dim(`Send it as "Authorization: Bearer …". To end it: towline access rm ${made.id}`),
  );
}

async function list(invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const rows: AccessEntry[] = [];
  await runCommand(invocation, listAccess, {}, { rows: (some) => rows.push(...some) });
  const { colors, width } = terminal;
  const columns: readonly Column<AccessEntry>[] = [
    { title: "ID", text: ({ id }) => id, style: colors.bold },
    { title: "ROLE", text: ({ role }) => role },
    { title: "CREATED", text: ({ created }) => isoMinute(created) },
    { title: "LABEL", text: ({ label }) => label, isFlexible: true },
  ];
  printResult(terminal, rows, tableLines(rows, columns, { width, header: colors.dim }));
  if (!terminal.isJson && rows.length === 0) terminal.remark("no tokens yet: towline access add");
}

async function remove(invocation: Invocation, id: string): Promise<void> {
  const removed = await runCommand(invocation, removeAccess, { id });
  printResult(invocation.terminal, removed, [`removed ${removed.id}`]);
}
