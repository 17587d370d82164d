/** Who holds an item, as this node sees it, and the buttons that change it. */
import type { ClaimDto } from "../../src/client/contract.ts";
import { Badge, Dot } from "../ui/badge.tsx";
import type { Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { RelativeTime } from "../ui/time.tsx";
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
  readonly nameOf: (node: string) => string | null;
  readonly actions: readonly Action[];
  readonly isBusy: boolean;
  readonly onAction: (action: Action) => void;
}

export function Claim({ claim, nameOf, actions, isBusy, onAction }: ClaimProps) {
  return (
    <section className="claim" aria-label="Claim">
      <div className="claim-state">
        {claim === null ? <p>Nobody holds it.</p> : <Held claim={claim} nameOf={nameOf} />}
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

function Held({ claim, nameOf }: Pick<ClaimProps, "nameOf"> & { readonly claim: ClaimDto }) {
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
            <bdi>{nameOf(holder) ?? holder.slice(0, 8)}</bdi>
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
              {` seen ${ago(lastSignMs)}`}
            </>
          )}
          {since !== null && (
            <>
              {", since "}
              <RelativeTime time={since} />
            </>
          )}
          {`, ${leaseText(claim)}`}
        </p>
      )}
    </>
  );
}

function leaseText({ state, leaseLeftMs }: ClaimDto): string {
  if (leaseLeftMs === null) return "the lease does not run out while this node is cut off";
  if (state === "expired") return "the lease is over: anybody may take it";
  if (leaseLeftMs < 0) return "the lease is over, the grace runs";
  return `${span(leaseLeftMs)} of the lease left`;
}
