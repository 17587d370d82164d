/** All orders of a few things, for tests that leave nothing to chance. */

export function* permutations<Value>(values: readonly Value[]): Generator<Value[]> {
  if (values.length === 0) yield [];
  for (let at = 0; at < values.length; at += 1) {
    for (const rest of permutations(values.toSpliced(at, 1))) {
      yield [...values.slice(at, at + 1), ...rest];
    }
  }
}
