/** Nominal types over primitives, and the result of anything that untrusted input may fail. */

declare const brandKey: unique symbol;

/** A `Base` that only its owning module makes, by parsing or by computing it. */
export type Brand<Base, Name extends string> = Base & { readonly [brandKey]: Name };

/** The outcome of reading untrusted input: such input never makes the core throw. */
export type Result<Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure };

export function success<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function failure<Failure>(error: Failure): { readonly ok: false; readonly error: Failure } {
  return { ok: false, error };
}
