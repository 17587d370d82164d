/** How many columns a text takes on a terminal, and cutting and padding by columns. */

/** Blocks whose characters take two columns: CJK, Hangul, Kana, full-width forms. */
const wideBlocks: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];

/** Made when first needed: it takes 9 ms, and most output is plain. */
let segmenter: Intl.Segmenter | null = null;
const isPlain = /^[\x20-\x7e]*$/u;

/** Columns of `text`, which holds no control characters. */
export function textWidth(text: string): number {
  if (isPlain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmentsOf(text)) width += segmentWidth(segment);
  return width;
}

function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

function segmentWidth(segment: string): 0 | 1 | 2 {
  // What is shown as an emoji takes two columns, however many characters it is made of.
  if (/\p{Emoji_Presentation}|\ufe0f/u.test(segment)) return 2;
  const code = segment.codePointAt(0) ?? 0;
  if (/^[\p{Mn}\p{Me}\p{Cf}]/u.test(segment)) return 0;
  return wideBlocks.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** `text` in at most `columns`, with an ellipsis in the last of them when it is cut. */
export function cutTo(text: string, columns: number): string {
  if (text.length <= columns && isPlain.test(text)) return text;
  if (textWidth(text) <= columns) return text;
  let cut = "";
  let width = 0;
  for (const { segment } of segmentsOf(text)) {
    width += segmentWidth(segment);
    if (width > columns - 1) break;
    cut += segment;
  }
  return columns < 1 ? "" : `${cut}…`;
}

/** `text` with spaces behind it, or before it, up to `columns`. */
export function padTo(text: string, columns: number, side: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, columns - textWidth(text)));
  return side === "left" ? text + spaces : spaces + text;
}

/** `text` in lines of at most `columns`, broken at spaces where there are any. */
export function wrapTo(text: string, columns: number): readonly string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, columns));
}

function wrapLine(line: string, columns: number): readonly string[] {
  if (textWidth(line) <= columns) return [line];
  const indent = /^ */u.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let current = "";
  for (const word of line.trimStart().split(" ")) {
    const longer = current === "" ? indent + word : `${current} ${word}`;
    if (current !== "" && textWidth(longer) > columns) {
      lines.push(current);
      current = indent + word;
    } else current = longer;
  }
  return [...lines, current];
}
