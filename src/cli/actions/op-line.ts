/** One op on one line, for `towline log`. */
import type { LoggedOp } from "../../api/types.ts";
import type { Json } from "../../base/json.ts";
import { isObject, member, parseJson } from "../../base/json.ts";
import { claimKinds } from "../../pipeline/schema.ts";
import { escapeLine } from "../ui/escape.ts";
import type { Terminal } from "../ui/terminal.ts";
import { cutTo } from "../ui/text-width.ts";
import { isoMinute } from "../ui/time.ts";
import { shortId, valueText } from "./print.ts";

export function opLine(op: LoggedOp, { colors, width }: Terminal): string {
  const who = `${op.actor === "" ? "-" : op.actor}@${shortId(op.author)}`;
  const head = `${isoMinute(op.time)}  ${shortId(op.id)}  ${escapeLine(who)}`;
  const what = escapeLine(changesText(op.body));
  const room = width === null ? null : width - head.length - 2;
  return `${colors.dim(head)}  ${room === null ? what : cutTo(what, Math.max(room, 20))}`;
}

/** The changes of a body in words, those of one item under its id. */
export function changesText(body: string): string {
  const parsed = parseJson(body);
  const changes: readonly Json[] =
    parsed.ok && Array.isArray(parsed.value) ? (parsed.value as readonly Json[]) : [];
  const groups: { item: string; texts: string[] }[] = [];
  for (const change of changes) {
    const [kind, item, ...rest] = Array.isArray(change) ? (change as readonly Json[]) : [];
    const named = kind !== "mesh" && typeof item === "string" ? item : "";
    let group = groups.at(-1);
    if (group?.item !== named) {
      group = { item: named, texts: [] };
      groups.push(group);
    }
    group.texts.push(changeText(valueText(kind), kind === "mesh" ? [item ?? null, ...rest] : rest));
  }
  return groups
    .map(({ item, texts }) => (item === "" ? texts.join(", ") : `${item}: ${texts.join(", ")}`))
    .join("; ");
}

function changeText(kind: string, rest: readonly Json[]): string {
  const [first = null, second = null] = rest;
  switch (kind) {
    case "new":
      return `new ${isObject(first) ? quoted(member(first, "title") ?? null) : ""}`.trimEnd();
    case "set":
      return second === null
        ? `${valueText(first)} cleared`
        : `${valueText(first)}=${quoted(second)}`;
    case "add":
      return `${valueText(first)}+=${quoted(second)}`;
    case "rem":
      return `${valueText(first)}-=${quoted(second)}`;
    case "inc":
      return `${valueText(first)}+=${valueText(second)}`;
    case "note":
      return `note ${quoted(first)}`;
    case "del":
      return "deleted";
    case "mesh":
      return `mesh founded as ${quoted(second)}`;
    case "move":
      return "moved by hand";
    default:
      return claimText(kind, rest) ?? `${kind} (needs a newer version)`;
  }
}

/** A change of a claim: its kind, its epoch, and why. Null for other kinds. */
function claimText(kind: string, rest: readonly Json[]): string | null {
  if (!claimKinds.has(kind)) return null;
  const [epoch = null, , terms = null] = rest;
  const reason = isObject(terms) ? (member(terms, "reason") ?? null) : null;
  const to = isObject(terms) ? (member(terms, "to") ?? null) : null;
  const where = to === null ? "" : ` → ${quoted(to)}`;
  return `${kind} of epoch ${valueText(epoch)}${where}${reason === null ? "" : ` ${quoted(reason)}`}`;
}

/** Long texts would hide the rest of the op. */
const quotedCharsMax = 60;

function quoted(value: Json): string {
  const text = valueText(value);
  const shown = text.length > quotedCharsMax ? `${text.slice(0, quotedCharsMax)}…` : text;
  return /^[\w.:-]+$/u.test(shown) ? shown : JSON.stringify(shown);
}
