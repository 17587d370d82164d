/** How tools reach the node: as a port, for a node in this process or in another one. */
import type { CommandHost, NodeCommand } from "../commands/command.ts";

export interface CallHooks<Row> {
  /** Takes the rows that come ahead of the result. */
  readonly rows: (rows: readonly Row[]) => void;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

export interface Caller {
  /** Rejects with what the command throws; with `node/stopped` while no node answers. */
  call<Params, Row, Result>(
    command: NodeCommand<Params, Row, Result>,
    params: Params,
    hooks?: Partial<CallHooks<Row>>,
  ): Promise<Result>;
}

/** Runs commands on a node that is open in this process. */
export function callerOn(host: CommandHost): Caller {
  return {
    call: async (command, params, { rows, signal } = {}) =>
      await command.run(
        {
          ...host,
          signal: signal ?? new AbortController().signal,
          rows: (some) => {
            rows?.(some);
            return Promise.resolve();
          },
          progress: () => undefined,
        },
        params,
      ),
  };
}
