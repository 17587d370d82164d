/** What goes over the local endpoint: JSON lines, the last of which is the result or an error. */
import type { ErrorCode } from "../../base/errors.ts";
import { errorCodes, TowlineError } from "../../base/errors.ts";

export type Line =
  | { readonly rows: readonly unknown[] }
  | { readonly progress: { readonly done: number; readonly all: number | null } }
  | { readonly result: unknown }
  | { readonly error: { readonly code: string; readonly message: string } };

/** Bytes of the parameters of a command: an op has 64 KiB, and people type less. */
export const requestBytesMax = 1_048_576;

/** The path of a command; the number changes when lines are no longer understood. */
export const commandPath = "/1/";

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

/** An error as it was on the other side; one that has no code is a bug there. */
export function errorOf({ code, message }: { code: string; message: string }): Error {
  return isErrorCode(code) ? new TowlineError(code, message) : new Error(message);
}
