/** What the doctor finds: one line for each check, and the way out when something is wrong. */

export type State = "ok" | "warn" | "fail";

export interface Finding {
  /** Stable: docs/CLI.md lists them. */
  readonly check: string;
  readonly state: State;
  /** The rendezvous that it is about; null for this machine. */
  readonly about: string | null;
  readonly found: string;
  /** What to do; null when nothing is wrong. */
  readonly fix: string | null;
}

export function ok(check: string, found: string, about: string | null = null): Finding {
  return { check, state: "ok", about, found, fix: null };
}

export function warn(
  check: string,
  said: { readonly found: string; readonly fix: string; readonly about?: string },
): Finding {
  return { check, state: "warn", about: said.about ?? null, found: said.found, fix: said.fix };
}

export function fail(
  check: string,
  said: { readonly found: string; readonly fix: string; readonly about?: string },
): Finding {
  return { ...warn(check, said), state: "fail" };
}

/** The first sentence of an error's message says what is wrong, the rest what to do. */
export function failOf(check: string, error: unknown, about?: string): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const [, found = message, fix = ""] = /^(.+?[^.\s]\.)\s+(?=\S)(.*)$/su.exec(message) ?? [];
  const said = { found: found.replace(/\.$/u, ""), fix: fix === "" ? "see docs/ERRORS.md" : fix };
  return fail(check, { ...said, ...(about !== undefined && { about }) });
}
