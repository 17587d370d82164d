/** What a checker throws: a promise of the system that did not hold. */

export class CheckFailure extends Error {
  /** Which promise, in one or two words: what failures are grouped by. */
  readonly check: string;

  constructor(check: string, message: string) {
    super(`${check}: ${message}`);
    this.name = "CheckFailure";
    this.check = check;
  }
}

export function check(condition: boolean, name: string, message: () => string): asserts condition {
  if (!condition) throw new CheckFailure(name, message());
}
