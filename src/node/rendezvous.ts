/**
 * Keeps one connection to a rendezvous: dials, hands the link over, learns how it ended, waits and
 * dials again. A node runs one client for each of its rendezvous URLs.
 */
import type { Link, LinkHandlers } from "../adapters/link.ts";
import { assert, unreachable } from "../base/assert.ts";
import { TowlineError } from "../base/errors.ts";
import { backoffCapMs, rendezvousErrorThreshold } from "../base/limits.ts";
import { backoffMs, isHealthy, isRefusal } from "./backoff.ts";
import { closeMeaning } from "./rendezvous-meaning.ts";

/** Time and chance, so that tests drive both. */
export interface RendezvousClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** From [0, 1). */
  random(): number;
  /** Runs `fire` once after `ms`; returns what cancels it. */
  setTimer(ms: number, fire: () => void): () => void;
}

type Fields = Readonly<Record<string, unknown>>;

export interface RendezvousLogger {
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
}

/** What the owner of a link reports to the client that dialled it. */
export interface RendezvousSession {
  /** The handshake is done: both sides have admitted each other. */
  admitted(): void;
  /** The link has ended with this close code. Nothing counts after it. */
  ended(code: number): void;
}

export interface RendezvousOptions {
  readonly url: string;
  /** Dials `url`; as `dial` of the WebSocket adapter, with url and token filled in. */
  dial(signal: AbortSignal, open: (link: Link) => LinkHandlers): Promise<Link>;
  /** Takes over a link that has just opened. */
  connect(link: Link, session: RendezvousSession): LinkHandlers;
  readonly clock: RendezvousClock;
  readonly logger: RendezvousLogger;
  /** Failures in a row from which they are logged as errors; see `errorThresholdOf`. */
  readonly errorThreshold: number;
}

/** For `towline peers`. */
export interface RendezvousStatus {
  readonly url: string;
  readonly state: "connecting" | "connected" | "waiting" | "stopped";
  /** In a row; 0 again once a session has been healthy. */
  readonly failures: number;
  /** Null unless waiting. */
  readonly nextAttemptInMs: number | null;
  readonly lastError: string | null;
}

type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "dialling"; readonly abort: AbortController }
  | { readonly kind: "greeting" }
  | { readonly kind: "connected"; readonly sinceMs: number }
  | { readonly kind: "waiting"; readonly untilMs: number; readonly cancel: () => void }
  | { readonly kind: "stopped" };

export class RendezvousClient {
  readonly #options: RendezvousOptions;
  #phase: Phase = { kind: "idle" };
  #failures = 0;
  #lastError: string | null = null;
  /** Since when there is no session; null while there is one. */
  #awaySinceMs: number | null = null;
  #wasConnected = false;

  constructor(options: RendezvousOptions) {
    this.#options = options;
  }

  /** Dials for the first time, now. */
  start(): void {
    assert(this.#phase.kind === "idle", "a rendezvous client starts once");
    this.#awaySinceMs = this.#options.clock.now();
    this.#dial();
  }

  /** Stops at once: no dial goes on and none follows. An open link stays with its owner. */
  stop(): void {
    const phase = this.#phase;
    this.#phase = { kind: "stopped" };
    if (phase.kind === "waiting") phase.cancel();
    if (phase.kind === "dialling") phase.abort.abort();
  }

  status(): RendezvousStatus {
    const phase = this.#phase;
    const now = this.#options.clock.now();
    const isWell = phase.kind === "connected" && isHealthy(now - phase.sinceMs);
    return {
      url: this.#options.url,
      state: stateOf(phase),
      failures: isWell ? 0 : this.#failures,
      nextAttemptInMs: phase.kind === "waiting" ? Math.max(0, phase.untilMs - now) : null,
      lastError: this.#lastError,
    };
  }

  #dial(): void {
    const abort = new AbortController();
    const dialling: Phase = { kind: "dialling", abort };
    this.#phase = dialling;
    this.#options
      .dial(abort.signal, (link) => {
        assert(this.#phase === dialling, "a dial that was given up opens no link");
        return this.#opened(link);
      })
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        // Anything else is a bug, and goes on as an unhandled rejection.
        if (!(error instanceof TowlineError)) throw error;
        this.#failed(error.message, { error: error.code }, null);
      });
  }

  #opened(link: Link): LinkHandlers {
    let own: Phase = { kind: "greeting" };
    this.#phase = own;
    return this.#options.connect(link, {
      admitted: () => {
        if (this.#phase !== own || own.kind !== "greeting") return;
        own = { kind: "connected", sinceMs: this.#options.clock.now() };
        this.#phase = own;
        this.#recovered();
      },
      ended: (code) => {
        if (this.#phase === own) this.#ended(code, own);
      },
    });
  }

  #recovered(): void {
    const { url, clock, logger } = this.#options;
    const awayMs = Math.round(clock.now() - (this.#awaySinceMs ?? clock.now()));
    const again = this.#wasConnected ? "again " : "";
    const away = this.#failures > 0 || this.#wasConnected ? `, after ${seconds(awayMs)} away` : "";
    logger.info(
      { url, awayMs, failures: this.#failures },
      `connected ${again}to the rendezvous${away}`,
    );
    this.#awaySinceMs = null;
    this.#wasConnected = true;
    this.#lastError = null;
  }

  #ended(code: number, own: Phase): void {
    const { url, clock, logger } = this.#options;
    const now = clock.now();
    this.#awaySinceMs ??= now;
    const isWell = own.kind === "connected" && isHealthy(now - own.sinceMs);
    if (isWell) this.#failures = 0;
    if (!isWell || isRefusal(code)) {
      this.#failed(closeMeaning(code), { code }, code);
      return;
    }
    // The end of a healthy session is news, but no failure: the dial that follows may succeed.
    this.#lastError = closeMeaning(code);
    const waitMs = this.#wait(backoffMs({ failures: 1, random: clock.random() }));
    logger.warn(
      { url, code, nextAttemptInMs: waitMs },
      `lost the rendezvous: ${this.#lastError} Next attempt in ${seconds(waitMs)}.`,
    );
  }

  #failed(reason: string, fields: Fields, code: number | null): void {
    const { url, clock, logger, errorThreshold } = this.#options;
    this.#failures += 1;
    this.#lastError = reason;
    const failures = this.#failures;
    const isRefused = code !== null && isRefusal(code);
    const waitMs = this.#wait(
      isRefused ? backoffCapMs : backoffMs({ failures, random: clock.random() }),
    );
    const next = isRefused
      ? `It will answer the same until someone acts, so the next attempt waits ${seconds(waitMs)}.`
      : `Next attempt in ${seconds(waitMs)}.`;
    const all = { url, ...fields, failures, nextAttemptInMs: waitMs };
    const message = `rendezvous failed (${failures} in a row): ${reason} ${next}`;
    if (failures >= errorThreshold) logger.error(all, message);
    else logger.warn(all, message);
  }

  #wait(ms: number): number {
    const { clock } = this.#options;
    const cancel = clock.setTimer(ms, () => this.#dial());
    this.#phase = { kind: "waiting", untilMs: clock.now() + ms, cancel };
    return ms;
  }
}

/** The threshold that RENDEZVOUS_ERROR_THRESHOLD sets, or ours when it is not set. */
export function errorThresholdOf(setting: string | undefined): number {
  if (setting === undefined || setting === "") return rendezvousErrorThreshold;
  const threshold = Number(setting);
  if (/^[0-9]+$/u.test(setting) && Number.isSafeInteger(threshold) && threshold >= 1) {
    return threshold;
  }
  throw new TowlineError(
    "config/invalid",
    "RENDEZVOUS_ERROR_THRESHOLD is not a whole number from 1 up. Correct it or leave it unset.",
  );
}

function stateOf(phase: Phase): RendezvousStatus["state"] {
  switch (phase.kind) {
    case "idle":
    case "stopped":
      return "stopped";
    case "dialling":
    case "greeting":
      return "connecting";
    case "connected":
    case "waiting":
      return phase.kind;
    default:
      return unreachable(phase);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
