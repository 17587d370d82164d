/** What is sent: the body that receivers rely on, and its signature by Standard Webhooks. */
import { createHash, createHmac } from "node:crypto";
import { webhookTextMax } from "../base/edge-limits.ts";
import type { NodeId } from "../op/op.ts";
import type { FoundTransition } from "./scan.ts";

export interface Message {
  /** The same for each attempt, and for one transition after a crash: receivers drop doubles. */
  readonly id: string;
  readonly body: string;
}

export interface Sender {
  readonly mesh: string;
  /** What a node calls itself. */
  readonly nameOf: (node: NodeId) => string | null;
}

export function messageOf(found: FoundTransition, { mesh, nameOf }: Sender): Message {
  const { kind, item, title, before, after, epoch, reason, op } = found;
  const body = {
    type: `item.${kind}`,
    timestamp: isoTime(op.time),
    data: {
      ...{ op: op.id, item, title, before, after, epoch },
      reason: reason === null ? null : reason.slice(0, webhookTextMax),
      ...{ actor: op.actor, author: op.author, node: nameOf(op.author), mesh },
    },
  };
  return { id: idOf(`${op.id} ${kind} ${item}`), body: JSON.stringify(body) };
}

/** What `towline webhooks test` sends. */
export function testMessage(webhook: string, now: number): Message {
  const body = { type: "towline.test", timestamp: isoTime(now), data: { webhook } };
  return { id: idOf(`test ${webhook} ${now}`), body: JSON.stringify(body) };
}

function idOf(what: string): string {
  return `msg_${createHash("sha256").update(what).digest("hex").slice(0, 32)}`;
}

function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

/** The headers of an attempt at `now` (Unix milliseconds). */
export function headersOf(
  { id, body }: Message,
  secret: Buffer,
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  const signed = `${id}.${timestamp}.${body}`;
  const signature = createHmac("sha256", secret).update(signed).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
}
