/** Who holds an item, as this node sees it, and the buttons that change it. */
import type { ClaimDto } from "../../src/client/contract.ts";
import { useNodeName } from "../shell/node-names.tsx";
import { Badge, Dot } from "../ui/badge.tsx";
import type { Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { RelativeTime, useNow } from "../ui/time.tsx";
import { ago, span } from "../ui/time-text.ts";
import type { Action } from "./actions.ts";
import "./claim.css";

const tones: Readonly<Record<ClaimDto["state"], Tone>> = {
  free: "plain",
  tentative: "note",
  confirmed: "good",
  lost: "bad",
  expired: "warn",
  done: "plain",
};

export interface ClaimProps {
  readonly claim: ClaimDto | null;
  /** When the node said so, by the clock here: ages in the claim were right then. */
  readonly toldAt: number;
  readonly actions: readonly Action[];
  readonly isBusy: boolean;
  readonly onAction: (action: Action) => void;
}

export function Claim({ claim, toldAt, actions, isBusy, onAction }: ClaimProps) {
  return (
    <section className="claim" aria-label="Claim">
      <div className="claim-state">
        {claim === null ? <p>Nobody holds it.</p> : <Held claim={claim} toldAt={toldAt} />}
      </div>
      <div className="claim-buttons">
        {actions.map((action, at) => (
          <Button
            key={action.id}
            look={at === 0 ? "primary" : "plain"}
            icon={action.icon}
            disabled={isBusy}
            onClick={() => onAction(action)}
          >
            {action.label}
          </Button>
        ))}
      </div>
    </section>
  );
}

function Held({ claim, toldAt }: Pick<ClaimProps, "toldAt"> & { readonly claim: ClaimDto }) {
  const nameOf = useNodeName();
  const passed = Math.max(0, useNow() - toldAt);
  const { state, epoch, holder, actor, since, lastSignMs } = claim;
  const isHeld = state === "tentative" || state === "confirmed" || state === "expired";
  return (
    <>
      <p className="claim-who">
        <Badge tone={tones[state]}>{state}</Badge>
        {isHeld && holder !== null && (
          <span title={`node ${holder}`}>
            <bdi>{actor === null || actor === "" ? "somebody" : actor}</bdi>
            {" on "}
            <bdi>{nameOf(holder)}</bdi>
          </span>
        )}
        {epoch > 0 && (
          <span className="claim-epoch" title="The fencing token">{`epoch ${epoch}`}</span>
        )}
      </p>
      {isHeld && (
        <p className="claim-times">
          {lastSignMs !== null && (
            <>
              <Dot tone={tones[state]} isLive={state === "confirmed"} />
              {` seen ${ago(lastSignMs + passed)}`}
            </>
          )}
          {since !== null && (
            <>
              {", since "}
              <RelativeTime time={since} />
            </>
          )}
          {`, ${leaseText(claim, passed)}`}
        </p>
      )}
    </>
  );
}

function leaseText({ state, leaseLeftMs }: ClaimDto, passed: number): string {
  if (leaseLeftMs === null) return "the lease does not run out while this node is cut off";
  if (state === "expired") return "the lease is over: anybody may take it";
  if (leaseLeftMs < passed) return "the lease is over, the grace runs";
  return `${span(leaseLeftMs - passed)} of the lease left`;
}
