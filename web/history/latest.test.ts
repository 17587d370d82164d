/** One question at a time, and of those that come meanwhile the last. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answered } from "./latest.ts";
import { Latest } from "./latest.ts";

class Asked {
  readonly wishes: number[] = [];
  readonly states: Answered<string>[] = [];
  readonly latest: Latest<number, string>;
  #answer: ((text: string | Error) => void) | null = null;

  constructor() {
    const load = async (wish: number): Promise<string> => {
      this.wishes.push(wish);
      const text = await new Promise<string | Error>((resolve) => (this.#answer = resolve));
      if (text instanceof Error) throw text;
      return text;
    };
    this.latest = new Latest(load, (state) => this.states.push(state));
  }

  async answer(text: string | Error): Promise<void> {
    this.#answer?.(text);
    await new Promise((resolve) => setImmediate(resolve));
  }

  get state(): Answered<string> | undefined {
    return this.states.at(-1);
  }
}

test("while an answer is on its way, only the last wish is kept", async () => {
  const asked = new Asked();
  for (const wish of [1, 2, 3, 4]) asked.latest.want(wish);
  assert.deepEqual(asked.wishes, [1]);
  await asked.answer("one");
  assert.equal(asked.state?.value, "one");
  assert.equal(asked.state.isBusy, true);
  assert.deepEqual(asked.wishes, [1, 4]);
  await asked.answer("four");
  assert.deepEqual(asked.state, { value: "four", error: null, isBusy: false });
});

test("a failure is told, what was answered before stays, and the next wish is asked", async () => {
  const asked = new Asked();
  asked.latest.want(1);
  await asked.answer("one");
  asked.latest.want(2);
  await asked.answer(new Error("gone"));
  assert.equal(asked.state?.value, "one");
  assert.equal(asked.state.error?.message, "gone");
  asked.latest.want(1);
  await asked.answer("one again");
  assert.deepEqual(asked.state, { value: "one again", error: null, isBusy: false });
});

test("who wants nothing any more is told nothing, also by an answer that comes late", async () => {
  const asked = new Asked();
  asked.latest.want(1);
  asked.latest.want(null);
  await asked.answer("one");
  assert.deepEqual(asked.state, { value: null, error: null, isBusy: false });
  asked.latest.want(1);
  asked.latest.stop();
  const told = asked.states.length;
  await asked.answer("late");
  assert.equal(asked.states.length, told);
});
