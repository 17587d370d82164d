/** Which stretches of the log the disk keeps as one page, ready to be sent as they are. */
export interface Span {
  /** Arrival index of the first op. */
  readonly first: number;
  readonly count: number;
}

export class Spans {
  readonly #counts = new Map<number, number>();

  constructor(spans: Iterable<Span> = []) {
    for (const span of spans) this.add(span);
  }

  add({ first, count }: Span): void {
    this.#counts.set(first, count);
  }

  /** How many ops the page that begins at `first` holds; null when none begins there. */
  countAt(first: number): number | null {
    return this.#counts.get(first) ?? null;
  }
}
