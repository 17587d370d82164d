/** Two requests to where a node should be: a plain one, and one that asks for a WebSocket. */
import { randomBytes } from "node:crypto";
import { request as plainRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as tlsRequest } from "node:https";
import { cutTo } from "../ui/text-width.ts";
import { errnoOf } from "../../adapters/folder-lock-files.ts";

/** A name of a program and its version. */
const throughColumns = 40;
/** How long an answer may take. */
export const patienceMs = 5_000;

export interface PlainAnswer {
  readonly status: number;
  /** What the other side's clock showed, in Unix milliseconds; null when it did not say. */
  readonly date: number | null;
  /** When that was by the clock here. */
  readonly here: number;
  /** What answers, by its own words: `nginx`; null when it does not say. */
  readonly through: string | null;
}

/** Rejects with the error of the socket, or when no answer comes in time. */
export async function askPlainly(url: URL): Promise<PlainAnswer> {
  const before = Date.now();
  const response = await answerOf(send(url, {}));
  const here = (before + Date.now()) / 2;
  response.resume();
  response.destroy();
  const { date, server, via } = response.headers;
  const through = server ?? via ?? null;
  // The header has whole seconds: on average it is half of one late.
  const time = date === undefined ? NaN : Date.parse(date) + 500;
  return {
    status: response.statusCode ?? 0,
    date: Number.isNaN(time) ? null : time,
    here,
    through: typeof through === "string" ? cutTo(through, throughColumns) : null,
  };
}

/** The status of the answer: 101 when it becomes a WebSocket. */
export async function askForUpgrade(url: URL): Promise<number> {
  const request = send(url, {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
  });
  const upgraded = new Promise<number>((resolve) => {
    request.once("upgrade", (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
  });
  const answered = answerOf(request).then((response) => {
    response.destroy();
    return response.statusCode ?? 0;
  });
  return await Promise.race([upgraded, answered]);
}

/** Certificates are looked at elsewhere; here a bad one must not hide what is behind it. */
function send(url: URL, headers: Readonly<Record<string, string>>): ClientRequest {
  const options = { headers, agent: false, rejectUnauthorized: false };
  const request = url.protocol === "https:" ? tlsRequest(url, options) : plainRequest(url, options);
  request.end();
  return request;
}

async function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const timer = setTimeout(() => request.destroy(new Error("no answer in time")), patienceMs);
    const settle = (): void => clearTimeout(timer);
    request.once("upgrade", settle);
    request.once("close", settle);
    request.once("response", (response) => {
      settle();
      resolve(response);
    });
    request.on("error", reject);
  });
}

/** What a failed request means, in a few words. */
export function whySilent(error: unknown): string {
  const code = errnoOf(error) ?? "";
  switch (code) {
    case "ECONNREFUSED":
      return "nothing listens there";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its name does not resolve";
    case "ECONNRESET":
    case "EPIPE":
      return "it hung up before it answered";
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "there is no way to it";
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
      return "it does not speak TLS";
    default:
      if (code.startsWith("HPE_")) return "what answers speaks no HTTP";
      return error instanceof Error ? error.message : String(error);
  }
}
