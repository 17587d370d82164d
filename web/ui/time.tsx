/** Times for people: "3 min ago", with the exact time on hover and for machines. */
import { useSyncExternalStore } from "react";
import { ago, exactTime } from "./time-text.ts";

/** How often relative times are written anew. One timer serves all of them. */
const tickMs = 5_000;

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** The time of day as of the last tick, in Unix milliseconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => (timer === null ? (now = Date.now()) : now));
}

/** `time` in Unix milliseconds. */
export function RelativeTime({ time }: { readonly time: number }) {
  return (
    <time dateTime={isoTime(time)} title={exactTime(time)}>
      {ago(useNow() - time)}
    </time>
  );
}

function isoTime(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
