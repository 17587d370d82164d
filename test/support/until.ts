/** Waiting for real sockets and processes: a condition, a deadline and what was waited for. */

const pollMs = 2;

/** Resolves with the first value of `check` that is neither null, undefined nor false. */
export async function until<Value>(
  check: () => Value | null | undefined | false,
  what: string | (() => string),
  ms = 10_000,
): Promise<Value> {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = check();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      throw new Error(`waited ${ms} ms in vain until ${typeof what === "string" ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/**
 * Resolves when `count` has not changed for `quietMs`: only to prove that nothing more comes, which
 * no condition can.
 */
export async function untilQuiet(count: () => number, quietMs = 250, ms = 10_000): Promise<void> {
  let [last, since] = [count(), performance.now()];
  const deadline = since + ms;
  await until(
    () => {
      const now = count();
      if (now !== last) [last, since] = [now, performance.now()];
      return performance.now() - since >= quietMs;
    },
    () => `nothing moved for ${quietMs} ms; the count is ${count()}`,
    deadline - performance.now(),
  );
}
