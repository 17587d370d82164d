/** The board: what is in which stage, and how it gets to another. */
import { useCallback, useMemo, useRef, useState } from "react";
import type { StageName } from "../../src/client/item.ts";
import { stages } from "../../src/client/item.ts";
import { useItems, useSyncStatus, useTowline } from "../../src/react/index.ts";
import { itemPath } from "../item/address.ts";
import { currentQuery, navigate, useAddress } from "../shell/router.tsx";
import { useCanEdit } from "../shell/session.tsx";
import { EmptyState, Spinner } from "../ui/empty.tsx";
import { phone, useMedia } from "../ui/media.ts";
import type { BoardActions, Cursor, Edited, Lifted } from "./board-state.ts";
import { BoardContext } from "./board-state.ts";
import { Columns } from "./columns.tsx";
import { FilterBar } from "./filter-bar.tsx";
import type { BoardFilter } from "./filter-url.ts";
import { filterOf, queryOf } from "./filter-url.ts";
import { Shortcuts } from "./shortcuts.tsx";
import { foldedStages, keepFolded } from "./stages.ts";
import { StageTabs } from "./stage-tabs.tsx";
import type { DragHandlers } from "./use-drag.ts";
import { useDrag } from "./use-drag.ts";
import { useBoardKeys } from "./use-keys.ts";
import { useMove } from "./use-move.ts";
import { useSight } from "./use-sight.ts";
import "./board.css";

export function Board() {
  const { filter, setFilter } = useFilter();
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [lifted, setLifted] = useState<Lifted | null>(null);
  const [edited, setEdited] = useState<Edited | null>(null);
  const [adding, setAdding] = useState<StageName | null>(null);
  const [isHelping, setHelping] = useState(false);
  const { open, shown, toggleFold } = useFolding(filter);
  const actions = useActions({ setCursor, setEdited, setAdding, toggleFold, open });
  const scroller = useRef<HTMLDivElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const { inSight, show } = useSight(scroller, shown);
  useDrag(root, scroller, useDragHandlers(actions, setLifted));
  const goToCards = useBoardKeys({
    ...{ actions, cursor, lifted, filter, open, shown, setLifted },
    onSearch: () => searchField.current?.select(),
    onHelp: () => setHelping(true),
  });
  return (
    <BoardContext value={actions}>
      <div ref={root} className="board" data-carrying={lifted?.by === "pointer" ? true : undefined}>
        <h1 className="hidden-text">Board</h1>
        <FilterBar
          filter={filter}
          onFilter={setFilter}
          searchField={searchField}
          onHelp={() => setHelping(true)}
          onDone={goToCards}
          onAdd={actions.canEdit ? () => setAdding(inSight) : null}
        />
        <StageTabs {...{ shown, filter, lifted }} current={inSight} onChoose={show} />
        <Emptiness />
        <Columns ref={scroller} {...{ filter, open, shown, cursor, lifted, edited, adding }} />
        {isHelping && <Shortcuts canEdit={actions.canEdit} onClose={() => setHelping(false)} />}
      </div>
    </BoardContext>
  );
}

/** The filter in the address, which each change replaces: the way back leads out of the board. */
function useFilter() {
  const { search } = new URL(useAddress(), location.origin);
  const filter = useMemo(() => filterOf(search), [search]);
  const setFilter = useCallback((next: BoardFilter) => {
    navigate(location.pathname + queryOf(next), { isReplacing: true });
  }, []);
  return { filter, setFilter };
}

/** Which columns there are and which of them are open; on a phone all are. */
function useFolding({ stage: only }: BoardFilter) {
  const [folded, setFolded] = useState(foldedStages);
  const isPhone = useMedia(phone);
  const toggleFold = useCallback((stage: StageName) => {
    setFolded((before) => {
      const after = new Set(before);
      if (!after.delete(stage)) after.add(stage);
      keepFolded(after);
      return after;
    });
  }, []);
  const shown = useMemo(
    () => stages.filter((stage) => only === undefined || stage === only),
    [only],
  );
  const open = useMemo(
    () => shown.filter((stage) => isPhone || only !== undefined || !folded.has(stage)),
    [shown, isPhone, only, folded],
  );
  return { open, shown, toggleFold };
}

interface Setters {
  readonly setCursor: (cursor: Cursor) => void;
  readonly setEdited: (edited: Edited | null) => void;
  readonly setAdding: (stage: StageName | null) => void;
  readonly toggleFold: (stage: StageName) => void;
  readonly open: readonly StageName[];
}

function useActions(given: Setters): BoardActions {
  const { setCursor, setEdited, setAdding, toggleFold, open } = given;
  const canEdit = useCanEdit();
  const move = useMove(setCursor, open);
  return useMemo(
    () => ({
      ...{ canEdit, setCursor, toggleFold, move },
      edit: setEdited,
      addTo: setAdding,
      open: (item) => navigate(itemPath(item, currentQuery())),
    }),
    [canEdit, setCursor, setEdited, setAdding, toggleFold, move],
  );
}

function useDragHandlers(
  { canEdit, move }: BoardActions,
  setLifted: React.Dispatch<React.SetStateAction<Lifted | null>>,
): DragHandlers | null {
  const { live } = useTowline();
  return useMemo(() => {
    if (!canEdit) return null;
    return {
      onLift: (item, from) => setLifted({ item, from, over: from, by: "pointer" }),
      onOver: (over) => setLifted((before) => (before === null ? null : { ...before, over })),
      onCancel: () => setLifted(null),
      onDrop: (id, to) => {
        setLifted(null);
        const item = live.item(id);
        if (item !== null) move(item, to);
      },
    };
  }, [canEdit, live, move, setLifted]);
}

/** Stands above the columns while there is nothing in any of them. */
function Emptiness() {
  const { asOf, phase, problem, isCut } = useSyncStatus();
  const count = useItems().length;
  if (asOf === null && count === 0) {
    return problem === null ? <Spinner /> : <EmptyState icon="retry" title={problem.message} />;
  }
  if (isCut) return <p className="board-cut">Only the first {count} items are shown.</p>;
  if (count > 0 || phase !== "live") return null;
  return (
    <EmptyState icon="board" title="Nothing in the pipeline yet">
      <p>
        Press N, or type <code>towline add &quot;Fix the login&quot;</code>.
      </p>
    </EmptyState>
  );
}
