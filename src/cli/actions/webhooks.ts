/** webhooks: whom this node tells of transitions, and what could not be delivered. */
import { existsSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { TowlineError } from "../../base/errors.ts";
import { webhookTimeoutMs } from "../../base/edge-limits.ts";
import type { JsonObject } from "../../base/json.ts";
import { isObject, member, parseJson } from "../../base/json.ts";
import { resolveConfig } from "../../node/config.ts";
import type { WebhookSettings } from "../../node/config-webhooks.ts";
import { secretOf } from "../../node/config-webhooks.ts";
import { testMessage } from "../../webhooks/message.ts";
import { post } from "../../webhooks/post.ts";
import type { DeadMessage, HookState } from "../../webhooks/queue.ts";
import { WebhookQueue } from "../../webhooks/queue.ts";
import { hookOf, queuePath } from "../../webhooks/webhooks.ts";
import type { Invocation } from "../invocation.ts";
import { escapeLine } from "../ui/escape.ts";
import type { Column } from "../ui/table.ts";
import { tableLines } from "../ui/table.ts";
import { isoMinute } from "../ui/time.ts";
import { printResult } from "./print.ts";
import { parseCount } from "./values.ts";

export async function webhooks(
  invocation: Invocation,
  { what, which }: { readonly what: string; readonly which: string | undefined },
): Promise<void> {
  if (what === "list" && which === undefined) list(invocation);
  else if (what === "dead" && which === undefined) dead(invocation);
  else if (what === "retry" && which !== undefined) retry(invocation, which);
  else if (what === "test" && which !== undefined) await tryOut(invocation, which);
  else if (what === "secret" && which === undefined) makeSecret(invocation);
  else {
    const forms = "list, dead, retry ID, test NAME or secret";
    throw new TowlineError("usage/invalid", `Write "towline webhooks" and one of: ${forms}.`);
  }
}

function settingsOf({ existingFolder: dir, env }: Invocation): readonly WebhookSettings[] {
  return resolveConfig({ flags: {}, env, dir }).config.webhooks;
}

/** How long the node that runs may have the file; its own transactions are short. */
const busyMs = 5_000;

/** Works on the file itself: the node that runs looks into it every few seconds. */
function withQueue<Result>(
  { existingFolder: dir }: Invocation,
  otherwise: Result,
  work: (queue: WebhookQueue) => Result,
): Result {
  const path = queuePath(dir);
  if (!existsSync(path)) return otherwise;
  const queue = WebhookQueue.open(path, busyMs);
  try {
    return work(queue);
  } finally {
    queue.close();
  }
}

interface HookRow extends HookState {
  readonly name: string;
  readonly url: string;
  readonly on: readonly string[];
}

const never: HookState = { waiting: 0, dead: 0, deliveredAt: null, failedAt: null, error: null };

function list(invocation: Invocation): void {
  const { terminal } = invocation;
  const rows = settingsOf(invocation).map(({ name, url, on }): HookRow => {
    const state = withQueue(invocation, never, (queue) => queue.state(name));
    return { name, url: shownUrl(url), on: [...on], ...state };
  });
  const { colors, width } = terminal;
  const columns: readonly Column<HookRow>[] = [
    { title: "NAME", text: ({ name }) => name, style: colors.bold },
    { title: "WAITING", text: ({ waiting }) => String(waiting), align: "right" },
    { title: "GIVEN UP", text: ({ dead: count }) => String(count), align: "right" },
    { title: "DELIVERED", text: ({ deliveredAt }) => timeText(deliveredAt) },
    { title: "LAST ERROR", text: ({ error }) => error ?? "" },
    { title: "URL", text: ({ url }) => url, isFlexible: true },
  ];
  printResult(terminal, rows, tableLines(rows, columns, { width, header: colors.dim }));
  if (!terminal.isJson && rows.length === 0) {
    terminal.remark("no webhooks: add [[webhooks]] to towline.toml (docs/WEBHOOKS.md)");
  }
}

/** What stands behind the path may be a secret. */
function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin + pathname + (search === "" ? "" : "?…");
}

function timeText(ms: number | null): string {
  return ms === null ? "never" : isoMinute(ms);
}

interface DeadRow {
  readonly id: number;
  readonly webhook: string;
  readonly message: string;
  readonly type: string;
  readonly item: string | null;
  readonly created: number;
  readonly attempts: number;
  readonly error: string;
}

function dead(invocation: Invocation): void {
  const { terminal } = invocation;
  const none: readonly DeadMessage[] = [];
  const rows = withQueue(invocation, none, (queue) => queue.dead()).map(deadRow);
  const { colors, width } = terminal;
  const columns: readonly Column<DeadRow>[] = [
    { title: "ID", text: ({ id }) => String(id), style: colors.bold },
    { title: "WEBHOOK", text: ({ webhook }) => webhook },
    { title: "CREATED", text: ({ created }) => isoMinute(created) },
    { title: "TYPE", text: ({ type }) => type },
    { title: "ITEM", text: ({ item }) => item ?? "" },
    { title: "ERROR", text: ({ error }) => error, isFlexible: true },
  ];
  printResult(terminal, rows, tableLines(rows, columns, { width, header: colors.dim }));
}

function deadRow({ row, hook, id, body, created, attempts, error }: DeadMessage): DeadRow {
  const parsed = parseJson(body);
  const read = parsed.ok && isObject(parsed.value) ? parsed.value : {};
  const data = member(read, "data");
  const item = isObject(data) ? textIn(data, "item") : null;
  const type = textIn(read, "type") ?? "";
  return { id: row, webhook: hook, message: id, type, item, created, attempts, error };
}

function textIn(object: JsonObject, name: string): string | null {
  const value = member(object, name);
  return typeof value === "string" ? value : null;
}

function retry(invocation: Invocation, which: string): void {
  const id = parseCount(which, "ID");
  const isThere = withQueue(invocation, false, (queue) => queue.revive(id, Date.now()));
  if (!isThere) {
    const message = `No message ${id} was given up. "towline webhooks dead" lists those there are.`;
    throw new TowlineError("webhooks/unknown", message);
  }
  const lines = [`${id} is due again: a node that runs sends it within seconds`];
  printResult(invocation.terminal, { id }, lines);
}

/** Sends a message now, by this process, and tells what came of it. */
async function tryOut(invocation: Invocation, name: string): Promise<void> {
  const settings = settingsOf(invocation).find((each) => each.name === name);
  if (settings === undefined) {
    const message = `There is no webhook ${JSON.stringify(name)}. "towline webhooks list" has all.`;
    throw new TowlineError("webhooks/unknown", message);
  }
  const { url, secret } = hookOf(settings, invocation.existingFolder);
  const now = Date.now();
  const message = testMessage(name, now);
  const signal = AbortSignal.timeout(webhookTimeoutMs);
  const outcome = await post({ url, secret, message, now, signal });
  if (outcome.kind === "failed") {
    const why = `The webhook ${name} was not delivered: ${outcome.why}.`;
    throw new TowlineError("webhooks/undelivered", `${why} Check its url and its receiver.`);
  }
  const result = { webhook: name, message: message.id, status: outcome.status };
  const line = `${escapeLine(name)} took it with status ${outcome.status}`;
  printResult(invocation.terminal, result, [line]);
}

function makeSecret({ terminal }: Invocation): void {
  const secret = secretOf(randomBytes(32));
  printResult(terminal, { secret }, [secret]);
  if (terminal.isJson) return;
  terminal.remark("It is for `secret` or a `secret_file` in towline.toml, and for the receiver.");
}
