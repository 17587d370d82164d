/** What was refused: counted for ever, the latest kept to be shown. */
import { rejectionsKept } from "../base/limits.ts";
import type { NodeId } from "../op/op.ts";
import type { Rejection } from "./events.ts";
import type { Refused } from "./intake.ts";

export class Rejections {
  total = 0;
  readonly #byCode = new Map<string, number>();
  readonly #latest: Rejection[] = [];

  add(
    refused: readonly Refused[],
    arrival: { readonly from: NodeId | null; readonly at: number },
  ): readonly Rejection[] {
    const rejections = refused.map(({ id, author, code }) => ({ id, author, code, ...arrival }));
    for (const rejection of rejections) {
      this.total += 1;
      this.#byCode.set(rejection.code, (this.#byCode.get(rejection.code) ?? 0) + 1);
      this.#latest.push(rejection);
    }
    this.#latest.splice(0, this.#latest.length - rejectionsKept);
    return rejections;
  }

  byCode(): ReadonlyMap<string, number> {
    return this.#byCode;
  }

  latest(): readonly Rejection[] {
    return this.#latest;
  }
}
