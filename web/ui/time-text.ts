/** Spans and moments of time in words. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const units: readonly (readonly [ms: number, name: string])[] = [
  [365 * day, "y"],
  [30 * day, "mo"],
  [day, "d"],
  [hour, "h"],
  [minute, "min"],
  [second, "s"],
];

/** "4 min": the greatest unit that fits, rounded down. */
export function span(ms: number): string {
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [second, "s"];
  return `${Math.max(0, Math.floor(ms / size))} ${name}`;
}

/** "4 min ago"; what is later than now, by another machine's clock, is "just now" as well. */
export function ago(ms: number): string {
  return ms < 10 * second ? "just now" : `${span(ms)} ago`;
}

/** With the date, as the reader's country writes it. */
export function exactTime(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "at an impossible time";
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** "10:22:31". */
export function clockTime(time: number): string {
  return new Date(time).toLocaleTimeString(undefined, { hour12: false });
}
