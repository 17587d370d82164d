/**
 * Assertions for our own invariants. They stay on in production: a bug must not become wrong data.
 */

/** Throws when `condition` is false. Never call it on a peer's input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`bug in towline: ${message}`);
}

/** Closes an exhaustive switch: adding a case to the union then fails to compile. */
export function unreachable(value: never): never {
  throw new Error(`bug in towline: unreachable case ${JSON.stringify(value)}`);
}

/** The value, when our own invariant says that it must be there. */
export function present<Value>(value: Value | null | undefined, message: string): Value {
  if (value === null || value === undefined) throw new Error(`bug in towline: ${message}`);
  return value;
}
