/** Sizes in words. */

const units = ["B", "kB", "MB", "GB", "TB"];

/** "1.2 MB", with powers of a thousand, as disks are sold. */
export function bytesText(bytes: number): string {
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** at;
  const digits = at === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[at] ?? "B"}`;
}
