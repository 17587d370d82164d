/** Makes text of other people safe for a terminal, which obeys what it is sent. */

/**
 * Control characters, marks that turn the direction of what follows, line separators and other
 * invisible ones, halves of surrogate pairs. Joiners stay: emoji and several scripts need them.
 */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu;

/** `text` for one line: what a terminal might obey stands there as an escape, as in `\u001b`. */
export function escapeLine(text: string): string {
  return text.replace(unsafe, escapeOf);
}

/** `text` for several lines: line breaks and tabs stay as they are. */
export function escapeText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => escapeLine(line.replaceAll("\t", "    ")))
    .join("\n");
}

/**
 * JSON of `value` that is safe on a terminal; JSON.stringify lets C1 controls and others through.
 */
export function escapeJson(json: string): string {
  return json.replace(unsafe, (char) => (char === "\n" ? char : unicodeEscape(char)));
}

function escapeOf(char: string): string {
  if (char === "\n") return "\\n";
  if (char === "\t") return "\\t";
  if (char === "\r") return "\\r";
  return unicodeEscape(char);
}

/** By code units, so that the escape of a character beyond the BMP is valid JSON as well. */
function unicodeEscape(char: string): string {
  let escaped = "";
  for (let at = 0; at < char.length; at += 1) {
    escaped += `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
