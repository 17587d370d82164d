/** The columns beside one another; a folded one is a strip that takes what is dropped on it. */
import type { Ref } from "react";
import type { StageName } from "../../src/client/item.ts";
import type { Cursor, Edited, Lifted } from "./board-state.ts";
import { useBoardActions } from "./board-state.ts";
import { Column } from "./column.tsx";
import type { BoardFilter } from "./filter-url.ts";
import { StageMark } from "./stage-mark.tsx";
import { useStageItems } from "./stage-items.ts";
import { stageNames } from "./stages.ts";

export interface ColumnsProps {
  readonly ref: Ref<HTMLDivElement>;
  readonly filter: BoardFilter;
  readonly open: readonly StageName[];
  readonly shown: readonly StageName[];
  readonly cursor: Cursor | null;
  readonly lifted: Lifted | null;
  readonly edited: Edited | null;
  readonly adding: StageName | null;
}

export function Columns(props: ColumnsProps) {
  const { ref, filter, open, shown, cursor, lifted, edited, adding } = props;
  return (
    <div ref={ref} className="columns">
      {shown.map((stage) =>
        open.includes(stage) ? (
          <Column
            key={stage}
            {...{ stage, filter, edited }}
            cursor={cursor?.stage === stage ? cursor : null}
            lifted={lifted?.from === stage || lifted?.over === stage ? lifted : null}
            isAdding={adding === stage}
          />
        ) : (
          <Folded key={stage} {...{ stage, filter, lifted }} />
        ),
      )}
    </div>
  );
}

interface FoldedProps {
  readonly stage: StageName;
  readonly filter: BoardFilter;
  readonly lifted: Lifted | null;
}

function Folded({ stage, filter, lifted }: FoldedProps) {
  const { toggleFold } = useBoardActions();
  const count = useStageItems(stage, filter).length;
  return (
    <button
      type="button"
      className="folded"
      title={`Show ${stageNames[stage]}`}
      aria-expanded={false}
      data-stage={stage}
      data-over={lifted?.over === stage && lifted.from !== stage ? true : undefined}
      onClick={() => toggleFold(stage)}
    >
      <StageMark stage={stage} />
      {stageNames[stage]} <span className="column-count">{count.toLocaleString("en")}</span>
    </button>
  );
}
