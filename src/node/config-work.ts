/** The settings about work: how each is read from towline.toml and from variables. */
import { failure, success } from "../base/brand.ts";
import { leaseMsMax, leaseMsMin } from "../base/limits.ts";
import { isStage, stages } from "../op/change.ts";
import type { Reader } from "./config-values.ts";

/** Labels, and claims at a time; more would be a mistake of whatever wrote the file. */
const entriesMax = 1_000;
const jobsMax = 100_000;

/** `["gpu", "macos"]`; in a variable separated by commas or spaces. */
export const readLabels: Reader<readonly string[]> = (given, form) => {
  const labels: unknown =
    typeof given === "string" && form === "text"
      ? given.split(/[\s,]+/u).filter((part) => part !== "")
      : given;
  const isList =
    Array.isArray(labels) &&
    labels.length <= entriesMax &&
    labels.every((label) => typeof label === "string" && /^\S+$/u.test(label));
  if (!isList) return failure('is no list of labels without spaces: write it as ["gpu"]');
  return success([...new Set(labels as readonly string[])]);
};

export const readJobs: Reader<number> = (given) => {
  const count = typeof given === "string" && /^[0-9]{1,6}$/u.test(given) ? Number(given) : given;
  const isCount = typeof count === "number" && Number.isInteger(count) && count >= 0;
  if (isCount && count <= jobsMax) return success(count);
  return failure("is no number of claims: write 0 for any number, or how many at a time");
};

/** `["coding:3", "qa:1"]`. */
export const readStageLimits: Reader<readonly string[]> = (given, form) => {
  const read = readLabels(given, form);
  const isRight = read.ok && read.value.every((entry) => limitOf(entry) !== null);
  if (isRight) return read;
  return failure(`is no list of limits: write ["coding:3"], with one of ${stages.join(", ")}`);
};

export function stageLimitsOf(entries: readonly string[]): ReadonlyMap<string, number> {
  return new Map(entries.map(limitOf).filter((limit) => limit !== null));
}

function limitOf(entry: string): readonly [stage: string, max: number] | null {
  const [, stage, max] = /^([a-z]+):([0-9]{1,6})$/u.exec(entry) ?? [];
  return isStage(stage) ? [stage, Number(max)] : null;
}

const units: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** Milliseconds of `10m`, `90s`, `500ms`; null for anything else. */
export function durationOf(text: string): number | null {
  const [, number, unit = ""] = /^([0-9]{1,9})(ms|s|m|h|d)$/u.exec(text) ?? [];
  const factor = units.get(unit);
  return number === undefined || factor === undefined ? null : Number(number) * factor;
}

/** `10m`, `90s`, `500ms`: from a tenth of a second to 31 days. */
export const readLease: Reader<number> = (given) => {
  const ms = typeof given === "string" ? durationOf(given) : null;
  if (ms !== null && ms >= leaseMsMin && ms <= leaseMsMax) return success(ms);
  return failure('is no time from 100ms to 31d: write it as in "10m" or "90s"');
};
