/** What was refused: counted for ever, the latest kept to be shown. */
import { rejectionsKept } from "../base/limits.ts";
import type { Rejection } from "./events.ts";

export class Rejections {
  total = 0;
  readonly #byCode = new Map<string, number>();
  readonly #latest: Rejection[] = [];

  add(rejections: readonly Rejection[]): void {
    for (const rejection of rejections) {
      this.total += 1;
      this.#byCode.set(rejection.code, (this.#byCode.get(rejection.code) ?? 0) + 1);
      this.#latest.push(rejection);
    }
    this.#latest.splice(0, this.#latest.length - rejectionsKept);
  }

  byCode(): ReadonlyMap<string, number> {
    return this.#byCode;
  }

  latest(): readonly Rejection[] {
    return this.#latest;
  }
}
