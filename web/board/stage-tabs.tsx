/** On a phone: which column is in sight, with the way to the others. Cards can be dropped here. */
import type { StageName } from "../../src/client/item.ts";
import type { Lifted } from "./board-state.ts";
import type { BoardFilter } from "./filter-url.ts";
import { useStageItems } from "./stage-items.ts";
import { stageNames } from "./stages.ts";
import "./stage-tabs.css";

export interface StageTabsProps {
  readonly shown: readonly StageName[];
  readonly current: StageName;
  readonly filter: BoardFilter;
  readonly lifted: Lifted | null;
  readonly onChoose: (stage: StageName) => void;
}

export function StageTabs({ shown, ...rest }: StageTabsProps) {
  return (
    <nav className="stage-tabs" aria-label="Stages">
      {shown.map((stage) => (
        <StageTab key={stage} stage={stage} {...rest} />
      ))}
    </nav>
  );
}

type StageTabProps = Omit<StageTabsProps, "shown"> & { readonly stage: StageName };

function StageTab({ stage, current, filter, lifted, onChoose }: StageTabProps) {
  const count = useStageItems(stage, filter).length;
  return (
    <button
      type="button"
      className="stage-tab"
      aria-current={stage === current ? "true" : undefined}
      data-stage={stage}
      data-over={lifted?.over === stage && lifted.from !== stage ? true : undefined}
      onClick={() => onChoose(stage)}
    >
      {stageNames[stage]} <span className="column-count">{count.toLocaleString("en")}</span>
    </button>
  );
}
