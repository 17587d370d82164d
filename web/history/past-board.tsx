/** The board as it was: the same columns and cards, with nothing to change about them. */
import { useMemo, useState } from "react";
import type { PastBoardDto } from "../../src/client/contract.ts";
import type { StageName } from "../../src/client/item.ts";
import { stages } from "../../src/client/item.ts";
import type { BoardActions, Cursor } from "../board/board-state.ts";
import { BoardContext } from "../board/board-state.ts";
import { Columns } from "../board/columns.tsx";
import { PastItemsContext } from "../board/stage-items.ts";
import { itemPath } from "../item/address.ts";
import { navigate } from "../shell/router.tsx";
import { pastStages } from "./past-items.ts";
import "../board/board.css";
import "./past-board.css";

const noFilter = {};
const nothing = (): void => undefined;

export function PastBoard({ board }: { readonly board: PastBoardDto }) {
  const [folded, setFolded] = useState<readonly StageName[]>(["archived"]);
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const actions = useMemo<BoardActions>(
    () => ({
      ...{ canEdit: false, setCursor, edit: nothing, addTo: nothing, move: nothing },
      toggleFold: (stage) =>
        setFolded((before) =>
          before.includes(stage) ? before.filter((each) => each !== stage) : [...before, stage],
        ),
      open: (item) => navigate(itemPath(item)),
    }),
    [],
  );
  const itemsOf = useMemo(() => {
    const byStage = pastStages(board);
    return (stage: StageName) => byStage.get(stage) ?? [];
  }, [board]);
  const open = useMemo(() => stages.filter((stage) => !folded.includes(stage)), [folded]);
  return (
    <BoardContext value={actions}>
      <PastItemsContext value={itemsOf}>
        <section className="past-board" aria-label="The board as it was">
          <Columns
            ref={null}
            {...{ filter: noFilter, open, shown: stages, cursor }}
            {...{ lifted: null, edited: null, adding: null }}
          />
        </section>
      </PastItemsContext>
    </BoardContext>
  );
}
