/** Where the demo shows itself: redrawn in place on a terminal, line by line elsewhere. */
import { isatty } from "node:tty";
import type { Colors } from "picocolors/types.js";
import pc from "picocolors";
import type { Message } from "./story.ts";
import type { Look } from "./view.ts";
import { frameOf, messageLine, plainLine } from "./view.ts";

export interface Screen {
  readonly colors: Colors;
  readonly columns: number;
  readonly rows: number;
  message(message: Message): void;
  draw(look: Look): void;
  /** Leaves what was drawn last, and gives the cursor back. */
  end(): void;
  line(text: string): void;
}

/** A status line so often where nothing is redrawn. */
const plainEveryMs = 1_000;

export function openScreen(isJson: boolean): Screen {
  const isTerminal = isatty(1) && process.env["TERM"] !== "dumb";
  const colors = pc.createColors(isTerminal && (process.env["NO_COLOR"] ?? "") === "");
  if (isJson) return silentScreen(colors);
  return isTerminal ? terminalScreen(colors) : plainScreen(colors);
}

function silentScreen(colors: Colors): Screen {
  const nothing = (): void => undefined;
  const base = { colors, columns: 80, rows: 24 };
  return { ...base, message: nothing, draw: nothing, end: nothing, line: nothing };
}

function plainScreen(colors: Colors): Screen {
  let drawnAt = -Infinity;
  const line = (text: string): void => console.log(text);
  return {
    colors,
    columns: 100,
    rows: 24,
    message: (message) => line(messageLine(message, colors)),
    draw: (look) => {
      if (look.ms - drawnAt < plainEveryMs) return;
      drawnAt = look.ms;
      line(plainLine(look));
    },
    end: () => undefined,
    line,
  };
}

const hideCursor = "\x1b[?25l";
const showCursor = "\x1b[?25h";
const clearRight = "\x1b[K";
const clearBelow = "\x1b[J";

function terminalScreen(colors: Colors): Screen {
  let height = 0;
  return {
    colors,
    get columns() {
      return process.stdout.columns;
    },
    get rows() {
      return process.stdout.rows;
    },
    message: () => undefined,
    draw: (look) => {
      const lines = frameOf(look, colors);
      const up = height === 0 ? hideCursor : `\x1b[${height}A\r`;
      const body = lines.map((line) => `${line}${clearRight}\n`).join("");
      process.stdout.write(up + body + clearBelow);
      height = lines.length;
    },
    end: () => {
      if (height > 0) process.stdout.write(showCursor);
    },
    line: (text) => console.log(text),
  };
}
