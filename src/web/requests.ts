/** Requests that are being answered, so that a node that stops lets them end. */

export class Requests {
  #under = 0;
  #idle: (() => void)[] = [];

  get under(): number {
    return this.#under;
  }

  began(): void {
    this.#under += 1;
  }

  ended(): void {
    this.#under -= 1;
    if (this.#under > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when none is left, or after `ms`. */
  async idle(ms: number): Promise<void> {
    if (this.#under === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#idle.push(() => resolve(undefined));
    const timer = setTimeout(() => resolve(undefined), ms);
    await promise;
    clearTimeout(timer);
  }
}
