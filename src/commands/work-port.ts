/** The commands of a node as an agent sees them, whichever process runs the node. */
import { member } from "../base/json.ts";
import type { JsonObject } from "../base/json.ts";
import type { Taken, WorkPort } from "../runner/port.ts";
import type { NodeCommand } from "./command.ts";
import type { ClaimResult, HowToClaim } from "./claim.ts";
import { done, fail, release, take } from "./claim.ts";
import { keep } from "./keep.ts";
import type { WorkerParams } from "./work.ts";

/** Runs a command on the node. */
export type Call = <Params, Result>(
  command: NodeCommand<Params, never, Result>,
  params: Params,
) => Promise<Result>;

export interface AgentTerms {
  readonly how: HowToClaim;
  readonly worker: WorkerParams;
  /** Null for the stage behind the item's own. */
  readonly to: string | null;
  readonly retries: number;
}

export function workPort(call: Call, { how, worker, to, retries }: AgentTerms): WorkPort {
  const { actor } = how;
  const end = { actor, force: false, reason: "" };
  return {
    take: async () => {
      const claimed = await call(take, { ...how, ...worker });
      return claimed === null ? null : takenOf(claimed);
    },
    keep: async (kept, afterMs) => await call(keep, { kept, afterMs }),
    done: async (of) => {
      await call(done, { ...end, ...refOf(of), to });
    },
    fail: async (of, reason) => {
      const { blocked } = await call(fail, { ...end, ...refOf(of), reason, retries });
      return { isBlocked: blocked };
    },
    release: async (of, reason) => {
      await call(release, { ...end, ...refOf(of), reason });
    },
  };
}

function refOf({ item, claim }: { readonly item: string; readonly claim: string }): {
  readonly item: string;
  readonly claim: string;
} {
  return { item, claim };
}

function takenOf(claimed: ClaimResult): Taken {
  const { item, claim, epoch, guarantee, leaseMs, work, traceparent } = claimed;
  if (claim === null) throw new Error("bug in towline: a claim that was won has a name");
  const shown = work as unknown as JsonObject;
  const [stage, title, tries] = ["stage", "title", "retries"].map((name) => member(shown, name));
  return {
    ...{ item, claim, epoch, guarantee, leaseMs, shown, traceparent },
    stage: typeof stage === "string" ? stage : null,
    title: typeof title === "string" ? title : "",
    tries: typeof tries === "number" ? tries : 0,
  };
}
