/** Times and durations as people write and read them. */
import { TowlineError } from "../../base/errors.ts";

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Ten years: longer is "never", which there is a word for. */
const durationMsMax = 3_650 * 86_400_000;

/** Milliseconds of `24h`, `30m`, `1d12h`, or null for `never`. Throws `usage/invalid`. */
export function parseDuration(text: string): number | null {
  if (text === "never") return null;
  const parts = [...text.matchAll(/(\d{1,9})([smhdw])/gu)];
  const isWhole = parts.map(([part]) => part).join("") === text && text !== "";
  const ms = parts.reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
  if (isWhole && ms > 0 && ms <= durationMsMax) return ms;
  throw new TowlineError(
    "usage/invalid",
    `${JSON.stringify(text)} is no duration. Write it as 30m, 24h or 7d, or write never.`,
  );
}

/** `45 s`, `3 min`, `5 h`, `12 d`: the greatest unit that fits, rounded down. */
export function shortDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** How long ago `time` was, for people; other machines' clocks may run ahead. */
export function ago(time: number, now: number): string {
  const ms = now - time;
  if (ms < -60_000) return isoMinute(time);
  return ms < 10_000 ? "just now" : `${shortDuration(ms)} ago`;
}

/** `2025-12-19 09:28`, in the time zone of this machine. */
export function isoMinute(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "?";
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
