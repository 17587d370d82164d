/** What the process of the node and the one of its clients tell each other. */

export interface NodeReady {
  readonly kind: "ready";
  readonly url: string;
  readonly items: number;
}

export type ToNode =
  | { readonly kind: "churn"; readonly perSecond: number }
  /** Stops writing, then writes one last change that holds this text. */
  | { readonly kind: "finish"; readonly marker: string };

export interface NodeFinished {
  readonly kind: "finished";
  readonly written: number;
  /** Unix milliseconds when the first change was due. */
  readonly startedAt: number;
  readonly longestPauseMs: number;
  /** 99 of 100 turns of the event loop were later than they should by no more than this. */
  readonly pauseP99Ms: number;
  readonly cpuPercent: number;
}
