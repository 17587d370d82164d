/** What an agent and its guardian say to each other. */

export interface StartMessage {
  readonly kind: "start";
  readonly run: number;
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly output: string;
}

/** SIGTERM now, SIGKILL after `killAfterMs`. */
export interface StopMessage {
  readonly kind: "stop";
  readonly run: number;
  readonly killAfterMs: number;
}

export type ToGuardian = StartMessage | StopMessage;

export type FromGuardian =
  | { readonly kind: "ready" }
  /** `started` tells this process from a later one with its number. */
  | {
      readonly kind: "started";
      readonly run: number;
      readonly pid: number;
      readonly started: string;
    }
  | {
      readonly kind: "ended";
      readonly run: number;
      readonly code: number | null;
      readonly signal: string | null;
      /** Why it could not be started, when it could not. */
      readonly problem: string | null;
    };
