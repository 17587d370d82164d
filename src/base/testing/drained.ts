/** What work that goes on in steps comes to, all steps at once. */
export function drained<Value>(steps: Iterator<undefined, Value>): Value {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
