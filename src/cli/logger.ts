/** The log on stderr: JSON through pino, or one readable line each on a terminal. No secrets. */
import pino from "pino";
import type { Logger } from "../node/logger.ts";
import { escapeLine } from "./ui/escape.ts";
import type { Colors, Terminal } from "./ui/terminal.ts";

const levels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof levels)[number];

/** What could be a secret is left out by name, and texts of tokens wherever they stand. */
const secretNames = ["token", "bearer", "authorization", "seed", "secret", "sig"];
const tokenText = /tow_[0-9a-z]{16,}/gu;

export function createLogger(terminal: Terminal, level: LogLevel): Logger {
  const write = (line: string): void => {
    const safe = line.replace(tokenText, "tow_…");
    process.stderr.write(process.stderr.isTTY ? readable(safe, terminal.errorColors) : safe);
  };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
    },
    { write },
  );
}

/** `TOWLINE_LOG_LEVEL`, when it is a level. */
export function levelOf(env: NodeJS.ProcessEnv, otherwise: LogLevel): LogLevel {
  return levels.find((level) => level === env["TOWLINE_LOG_LEVEL"]) ?? otherwise;
}

/** `12:00:01 WARN  what happened  key=value …` */
function readable(line: string, colors: Colors): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, time, msg, ...fields } = record;
  const clock = typeof time === "string" ? time.slice(11, 19) : "";
  const details = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join(" ");
  const label = colorOf(String(level), colors)(String(level).toUpperCase().padEnd(5));
  const text = `${colors.dim(clock)} ${label} ${escapeLine(String(msg))}`;
  return `${text}${details === "" ? "" : `  ${colors.dim(escapeLine(details))}`}\n`;
}

/** Keys and ids are shown as far as people compare them. */
function shown(value: unknown): string {
  if (typeof value === "string") return /^[0-9a-f]{64}$/u.test(value) ? value.slice(0, 8) : value;
  return JSON.stringify(value);
}

function colorOf(level: string, colors: Colors): (text: string) => string {
  if (level === "error" || level === "fatal") return colors.red;
  if (level === "warn") return colors.yellow;
  return level === "info" ? colors.green : colors.dim;
}
