/** The catalogue of error codes, and the one error type that crosses the edge of the core. */

/** Exit codes of the CLI: 0 ok, 1 failure, 2 usage, 3 not found, 4 conflict, 5 unreachable. */
export type ExitCode = 1 | 2 | 3 | 4 | 5;

/** Stable codes. `docs/ERRORS.md` explains each one; a test provokes each one. */
export const errorCodes = {
  "usage/invalid": { exit: 2 },
  "config/invalid": { exit: 2 },
  "folder/not-initialized": { exit: 3 },
  "folder/exists": { exit: 4 },
  "folder/in-use": { exit: 4 },
  "folder/unwritable": { exit: 1 },
  "key/unreadable": { exit: 1 },
  "key/permissions": { exit: 1 },
  "key/invalid": { exit: 1 },
  "store/corrupt": { exit: 1 },
  "store/newer-schema": { exit: 1 },
  "store/sqlite-version": { exit: 1 },
  "store/full": { exit: 1 },
  "store/failed": { exit: 1 },
  "store/closed": { exit: 1 },
  "write/too-large": { exit: 2 },
  "write/invalid": { exit: 2 },
  "item/unknown": { exit: 3 },
  "item/exists": { exit: 4 },
  "item/deleted": { exit: 4 },
  "diff/differs": { exit: 1 },
  "doctor/failed": { exit: 1 },
  "service/no-systemd": { exit: 1 },
  "service/exists": { exit: 4 },
  "undo/nothing": { exit: 3 },
  "undo/overridden": { exit: 4 },
  "undo/impossible": { exit: 4 },
  "claim/held": { exit: 4 },
  "claim/lost": { exit: 4 },
  "claim/not-ready": { exit: 4 },
  "claim/not-yours": { exit: 4 },
  "claim/unconfirmed": { exit: 5 },
  "next/none": { exit: 3 },
  "stage/refused": { exit: 4 },
  "dep/circle": { exit: 4 },
  "run/failed": { exit: 1 },
  "listen/port-taken": { exit: 4 },
  "listen/failed": { exit: 1 },
  "dial/url-invalid": { exit: 2 },
  "dial/unreachable": { exit: 5 },
  "dial/not-towline": { exit: 5 },
  "dial/refused": { exit: 5 },
  "join/not-admitted": { exit: 4 },
  "join/other-mesh": { exit: 4 },
  "join/own-node": { exit: 4 },
  "join/pin-mismatch": { exit: 4 },
  "join/no-common-version": { exit: 5 },
  "join/no-mesh": { exit: 4 },
  "join/interrupted": { exit: 5 },
  "token/invalid": { exit: 2 },
  "import/unreadable": { exit: 3 },
  "import/unknown-format": { exit: 2 },
  "import/bad-lines": { exit: 1 },
  "import/other-mesh": { exit: 4 },
  "node/stopped": { exit: 5 },
  "wait/not-reached": { exit: 5 },
  "wait/not-synced": { exit: 5 },
  "wait/no-peer": { exit: 3 },
  "wait/no-node": { exit: 5 },
  "verify/failed": { exit: 1 },
  "simulation/failed": { exit: 1 },
  "webhooks/unreadable": { exit: 1 },
  "webhooks/unknown": { exit: 3 },
  "webhooks/undelivered": { exit: 5 },
  "access/invalid": { exit: 1 },
  "access/unknown": { exit: 3 },
  "http/no-node": { exit: 5 },
  "http/unauthenticated": { exit: 4 },
  "http/forbidden": { exit: 4 },
  "http/csrf": { exit: 4 },
  "http/host": { exit: 2 },
  "http/not-found": { exit: 3 },
  "http/method": { exit: 2 },
  "http/invalid": { exit: 2 },
  "http/too-large": { exit: 2 },
  "http/media-type": { exit: 2 },
  "http/too-many": { exit: 4 },
  "http/changed": { exit: 4 },
  "http/key-reused": { exit: 2 },
  "http/busy": { exit: 5 },
} as const satisfies Record<string, { readonly exit: ExitCode }>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * What goes wrong in the environment or in a caller's request. `message` says what happened and
 * what to do, in one or two sentences; `code` is stable.
 */
export class TowlineError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "TowlineError";
    this.code = code;
  }

  get exitCode(): ExitCode {
    return errorCodes[this.code].exit;
  }
}
