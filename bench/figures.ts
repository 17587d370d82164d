/** The figures of a run: their names, values, and how each was measured. */

export interface Figure {
  readonly value: number;
  readonly unit: string;
  /** How it was measured, in a line. */
  readonly how: string;
}

export type Figures = ReadonlyMap<string, Figure>;

/** One group of figures that come from the same measurement. */
export interface Case {
  readonly names: readonly string[];
  measure(): Promise<Readonly<Record<string, Figure>>>;
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value that `percent` of the values do not exceed; NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const at = Math.ceil((percent / 100) * sorted.length) - 1;
  return sorted[Math.max(0, at)] ?? Number.NaN;
}

/** Four digits are more than such measurements are good for. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function tableOf(figures: Figures): string {
  const rows = [...figures].map(([name, { value, unit, how }]) => {
    const text = value >= 1_000 ? Math.round(value).toLocaleString("en-US") : String(value);
    return { name, text, unit, how };
  });
  const widest = (key: "name" | "text" | "unit"): number =>
    Math.max(...rows.map((row) => row[key].length));
  const widths = { name: widest("name"), text: widest("text"), unit: widest("unit") };
  return rows
    .map(({ name, text, unit, how }) => {
      const left = name.padEnd(widths.name);
      return `${left}  ${text.padStart(widths.text)} ${unit.padEnd(widths.unit)}  ${how}`;
    })
    .join("\n");
}
