/** What an agent asks of the node that it works through, in this process or in another one. */
import type { JsonObject } from "../base/json.ts";
import type { OpId } from "../op/op.ts";
import type { Kept, Verdict } from "../work/keeper.ts";

/** An item that was claimed for this agent. */
export interface Taken {
  readonly item: string;
  readonly claim: OpId;
  readonly epoch: number;
  readonly guarantee: string;
  readonly leaseMs: number;
  readonly stage: string | null;
  readonly title: string;
  readonly tries: number;
  /** The item as `towline show --json` has it. */
  readonly shown: JsonObject;
  /** Where in a trace it was claimed, as W3C traceparent; null when nothing is traced. */
  readonly traceparent: string | null;
}

/** The work on one item as a part of a trace. */
export interface JobTrace {
  /** For the command, which may go on with it; null when nothing is traced. */
  readonly traceparent: string | null;
  /** `failure` says in a word why the work did not end well. */
  end(failure?: string): void;
}

/** Rejects with `TowlineError`; `node/stopped` when the node is gone, which may come back. */
export interface WorkPort {
  /** Claims the next item; null when none is ready. */
  take(): Promise<Taken | null>;
  /** Says that these are worked on, and waits up to `afterMs` for something to change. */
  keep(kept: readonly Kept[], afterMs: number): Promise<readonly Verdict[]>;
  done(of: { readonly item: string; readonly claim: OpId }): Promise<void>;
  fail(
    of: { readonly item: string; readonly claim: OpId },
    reason: string,
  ): Promise<{ readonly isBlocked: boolean }>;
  release(of: { readonly item: string; readonly claim: OpId }, reason: string): Promise<void>;
}
