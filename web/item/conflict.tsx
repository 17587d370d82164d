/** A conflict about the stage: both sides, and a button for each that settles it. */
import type { ConflictSideDto } from "../../src/client/contract.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { Author } from "../changes/author.tsx";
import "./conflict.css";

export interface ConflictProps {
  readonly sides: readonly ConflictSideDto[];
  readonly canEdit: boolean;
  readonly isBusy: boolean;
  readonly onSettle: (stage: string) => void;
}

export function Conflict({ sides, canEdit, isBusy, onSettle }: ConflictProps) {
  // Two who moved it to one stage agree with each other.
  const stages = [...new Set(sides.map(({ stage }) => stage))];
  return (
    <section className="conflict" aria-labelledby="conflict-title">
      <h3 id="conflict-title">
        <Icon name="conflict" /> Moved to different stages
      </h3>
      <p>
        They did not know of each other. The board shows the later one until you say which it is.
      </p>
      <ul>
        {stages.map((stage) => (
          <li key={stage} className="conflict-side">
            <div>
              <strong>{stage}</strong>
              {sides
                .filter((side) => side.stage === stage)
                .map((side) => (
                  <Author key={side.op} by={side} />
                ))}
            </div>
            {canEdit && (
              <Button disabled={isBusy} onClick={() => onSettle(stage)}>
                {`It is ${stage}`}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
