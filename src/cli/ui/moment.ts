/** A moment of the past as people write it: `2h ago`, `2026-03-01T09:30`, `120 ops`. */
import { TowlineError } from "../../base/errors.ts";
import type { Moment } from "../../history/moment.ts";
import { parseDuration } from "./time.ts";

/** ISO 8601: a day, or a day and a time, in the zone of this machine when it names none. */
const iso = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/u;

/** The moment that an option names; null without it. */
export function momentOf(at: string | undefined): Moment | null {
  return at === undefined ? null : parseMoment(at, Date.now());
}

/** Throws `usage/invalid`. `now` in Unix milliseconds. */
export function parseMoment(text: string, now: number): Moment {
  const trimmed = text.trim();
  if (trimmed === "now") return { time: now };
  const [, ops] = /^(\d{1,15}) ?ops?$/u.exec(trimmed) ?? [];
  if (ops !== undefined) return { ops: Number(ops) };
  const [, age] = /^([\da-z ]+) ago$/u.exec(trimmed) ?? [];
  const ms = age === undefined ? null : durationOf(age.replaceAll(" ", ""));
  if (ms !== null) return { time: Math.max(0, now - ms) };
  // A day without a time would else be one of Greenwich.
  const time = iso.test(trimmed)
    ? new Date(trimmed.length === 10 ? `${trimmed}T00:00` : trimmed.replace(" ", "T")).getTime()
    : NaN;
  if (time >= 0) return { time };
  throw new TowlineError(
    "usage/invalid",
    `${JSON.stringify(text)} is no moment. Write 2h ago, 2026-03-01T09:30, or a number such as 120 ops.`,
  );
}

function durationOf(text: string): number | null {
  try {
    return parseDuration(text);
  } catch {
    // The message of a moment says more.
    return null;
  }
}
