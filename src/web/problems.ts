/** Errors as answers: RFC 9457, with the status of each code in one table. */
import { STATUS_CODES } from "node:http";
import type { FastifyError } from "fastify";
import type { ErrorCode } from "../base/errors.ts";
import { TowlineError } from "../base/errors.ts";
import type { ItemDto, ProblemDto } from "../client/contract.ts";

/** Codes that are not here are failures of this node: 500. */
const statuses: { readonly [code in ErrorCode]?: number } = {
  "usage/invalid": 400,
  "write/invalid": 422,
  "write/too-large": 413,
  "item/unknown": 404,
  "item/exists": 409,
  "item/deleted": 410,
  "claim/held": 409,
  "claim/lost": 409,
  "claim/not-ready": 409,
  "claim/not-yours": 409,
  "claim/unconfirmed": 503,
  "next/none": 404,
  "stage/refused": 409,
  "dep/circle": 409,
  "undo/nothing": 404,
  "undo/overridden": 409,
  "undo/impossible": 409,
  "token/invalid": 400,
  "dial/url-invalid": 400,
  "dial/unreachable": 502,
  "dial/not-towline": 502,
  "dial/refused": 502,
  "import/unreadable": 400,
  "import/unknown-format": 422,
  "import/other-mesh": 409,
  "store/full": 507,
  "store/closed": 503,
  "node/stopped": 503,
  "wait/not-reached": 504,
  "wait/not-synced": 504,
  "wait/no-peer": 409,
  "wait/no-node": 409,
  "access/unknown": 404,
  "http/unauthenticated": 401,
  "http/forbidden": 403,
  "http/csrf": 403,
  "http/host": 421,
  "http/not-found": 404,
  "http/method": 405,
  "http/invalid": 400,
  "http/too-large": 413,
  "http/media-type": 415,
  "http/too-many": 429,
  "http/changed": 412,
  "http/key-reused": 422,
  "http/busy": 503,
};

/** The item is not what the request says that it is. */
export class Changed extends TowlineError {
  readonly now: ItemDto | null;

  constructor(now: ItemDto | null) {
    super("http/changed", "The item was changed meanwhile: `now` is what it is. Decide anew.");
    this.now = now;
  }
}

export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? 500;
}

export const problemType = "application/problem+json; charset=utf-8";

export interface Problem {
  readonly dto: ProblemDto;
  /** Of ours: for the log, never for the answer. */
  readonly bug: unknown;
}

export function problemOf(error: unknown): Problem {
  if (error instanceof TowlineError) {
    const dto = problem(statusOf(error.code), error.code, error.message);
    return { dto: error instanceof Changed ? { ...dto, now: error.now } : dto, bug: null };
  }
  const known = ofFastify(error as Partial<FastifyError>);
  if (known !== null) return { dto: known, bug: null };
  const detail = "This is a bug in towline: the log of the node has more. Report it.";
  return { dto: problem(500, "bug", detail), bug: error };
}

function problem(status: number, code: string, detail: string): ProblemDto {
  const title = STATUS_CODES[status] ?? "Error";
  return { type: `urn:towline:error:${code}`, title, status, detail, code };
}

/** What the framework refuses before a route sees it; null for anything else. */
function ofFastify({
  statusCode = 500,
  code = "",
  message = "",
  validation,
  validationContext,
}: Partial<FastifyError>): ProblemDto | null {
  const of = (known: ErrorCode, detail: string): ProblemDto =>
    problem(statusOf(known), known, detail);
  if (validation !== undefined) {
    const [first] = validation;
    const where = `${validationContext ?? "request"}${first?.instancePath ?? ""}`;
    return of("http/invalid", `${where} ${first?.message ?? message}${namedIn(first?.params)}.`);
  }
  if (statusCode === 413) return of("http/too-large", "The body is longer than this path takes.");
  if (statusCode === 415) return of("http/media-type", "Send the body as application/json.");
  if (code === "FST_ERR_NOT_FOUND") return of("http/not-found", "There is nothing at this path.");
  if (statusCode < 400 || statusCode > 499) return null;
  return of("http/invalid", code.startsWith("FST_") ? `${message}.` : "The body is no JSON.");
}

/** The member that has no business there, or that is missing, or what it has to be. */
function namedIn(params: Readonly<Record<string, unknown>> | undefined): string {
  const name = params?.["additionalProperty"] ?? params?.["allowedValues"];
  return name === undefined ? "" : `: ${JSON.stringify(name).slice(0, 200)}`;
}
