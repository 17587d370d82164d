/** Rows in aligned columns, cut to the width of the terminal. */
import { escapeLine } from "./escape.ts";
import { cutTo, padTo, textWidth } from "./text-width.ts";

export interface Column<Row> {
  readonly title: string;
  /** Plain text; what could harm a terminal is escaped here. */
  readonly text: (row: Row) => string;
  /** Colours the padded cell. */
  readonly style?: (cell: string, row: Row) => string;
  readonly align?: "left" | "right";
  /** Whether this column gives way first when there is not enough room. */
  readonly isFlexible?: boolean;
}

export interface TableOptions {
  /** Columns of the terminal; null for no limit. */
  readonly width: number | null;
  readonly header: (text: string) => string;
}

const gap = "  ";
/** A column is not made narrower than this. */
const columnsMin = 8;

/** The lines of the table, its header first. Columns that are empty in each row are left out. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, header }: TableOptions,
): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => escapeLine(column.text(row))));
  const used = columns
    .map((column, at) => ({ column, at }))
    .filter(({ at }) => cells.some((line) => line[at] !== ""));
  const natural = used.map(({ column, at }) =>
    cells.reduce((max, line) => Math.max(max, textWidth(line[at] ?? "")), textWidth(column.title)),
  );
  const widths = fit(
    natural,
    used.map(({ column }) => column.isFlexible === true),
    width,
  );
  const titles = used.map(({ column: { title, align } }, index) =>
    padTo(cutTo(title, widths[index] ?? 0), widths[index] ?? 0, sideOf(align)),
  );
  const lines = rows.map((row, line) => {
    const parts = used.map(({ column, at }, index) => {
      const columnWidth = widths[index] ?? 0;
      const isLast = index === used.length - 1 && column.align !== "right";
      const cut = cutTo(cells[line]?.[at] ?? "", columnWidth);
      const cell = isLast ? cut : padTo(cut, columnWidth, sideOf(column.align));
      return column.style === undefined ? cell : column.style(cell, row);
    });
    return parts.join(gap).trimEnd();
  });
  return rows.length === 0 ? [] : [header(titles.join(gap).trimEnd()), ...lines];
}

function sideOf(align: "left" | "right" | undefined): "left" | "right" {
  return align === "right" ? "right" : "left";
}

/** Takes what is too much from the flexible columns, the widest first, then from all. */
function fit(
  natural: readonly number[],
  isFlexible: readonly boolean[],
  width: number | null,
): readonly number[] {
  const widths = [...natural];
  if (width === null) return widths;
  const room = width - gap.length * Math.max(0, widths.length - 1);
  for (const onlyFlexible of [true, false]) {
    let excess = widths.reduce((sum, each) => sum + each, 0) - room;
    while (excess > 0) {
      const widest = widths.reduce(
        (best, each, at) =>
          (!onlyFlexible || isFlexible[at] === true) && each > (widths[best] ?? columnsMin)
            ? at
            : best,
        -1,
      );
      if (widest < 0) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
      excess -= 1;
    }
  }
  return widths;
}
