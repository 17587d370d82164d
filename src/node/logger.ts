/** What a node logs through; pino fits, and so does a test's recorder. */

type Fields = Readonly<Record<string, unknown>>;

/** Never given a token or a secret key. */
export interface Logger {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}

function nothing(): void {
  // A logger that is not wanted says nothing.
}

export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
