/** The local callers of a node that wait for the core to have done what they asked for. */
import { TowlineError } from "../base/errors.ts";
import type { Notice, RequestId } from "../replica/events.ts";

type Answer = Extract<Notice, { readonly request: RequestId }>;

interface Waiter {
  resolve(answer: Answer): void;
  reject(error: TowlineError): void;
}

export class Callers {
  readonly #waiters = new Map<RequestId, Waiter>();
  /** Given once a turn: a caller that writes again at once does not stop the event loop. */
  readonly #answers: (() => void)[] = [];
  #last = 0;

  /** Asks through `ask` and resolves with the answer. Rejects with a refusal. */
  async request(ask: (request: RequestId) => void): Promise<Answer> {
    this.#last += 1;
    const request = this.#last as RequestId;
    return await new Promise((resolve, reject) => {
      this.#waiters.set(request, { resolve, reject });
      ask(request);
    });
  }

  answer(answer: Answer): void {
    const waiter = this.#waiters.get(answer.request);
    this.#waiters.delete(answer.request);
    if (waiter === undefined) return;
    if (answer.kind !== "write-refused") this.#answers.push(() => waiter.resolve(answer));
    else this.#answers.push(() => waiter.reject(new TowlineError(answer.code, answer.message)));
  }

  /** Lets the callers go on whose answers have come. */
  giveAnswers(): void {
    for (const give of this.#answers.splice(0)) give();
  }

  /** Those whose answers have come get these; all others are told why they wait in vain. */
  failAll(error: TowlineError): void {
    this.giveAnswers();
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.reject(error);
  }
}
