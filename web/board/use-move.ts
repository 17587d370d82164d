/** Moves an item, follows it with the focus, says so, and offers to force what is refused. */
import { useCallback } from "react";
import type { ShownItem, StageName } from "../../src/client/index.ts";
import { ApiError, stageOf, titleOf } from "../../src/client/index.ts";
import { useWrites } from "../../src/react/index.ts";
import { useAnnounce } from "../ui/announce.tsx";
import type { BoardActions } from "./board-state.ts";
import { stageNames } from "./stages.ts";
import { useRefusal } from "./use-refusal.ts";

/** The focus stays where it is when the item goes to a column that is not among the `open` ones. */
export function useMove(
  setCursor: BoardActions["setCursor"],
  open: readonly StageName[],
): BoardActions["move"] {
  const writes = useWrites();
  const announce = useAnnounce();
  const refused = useRefusal();
  return useCallback(
    (item: ShownItem, to: StageName) => {
      const from = stageOf(item);
      if (from === to && typeof item.fields["stage"] === "string") return;
      const title = titleOf(item);
      const go = (force: boolean): void => {
        if (open.includes(to)) setCursor({ stage: to, item: item.item, isCalled: true });
        writes.move(item.item, force ? { stage: to, force } : { stage: to }).then(
          () => announce(`${title} moved to ${stageNames[to]}.`),
          (error: unknown) => {
            setCursor({ stage: from, item: item.item, isCalled: true });
            announce(`${title} is still in ${stageNames[from]}.`);
            refused(
              `Not moved to ${stageNames[to]}`,
              error,
              wayOut(error, () => go(true)),
            );
          },
        );
      };
      go(false);
    },
    [announce, open, refused, setCursor, writes],
  );
}

function wayOut(
  error: unknown,
  force: () => void,
): readonly { readonly label: string; readonly onChoose: () => void }[] | undefined {
  const isRule = error instanceof ApiError && error.code === "stage/refused";
  return isRule ? [{ label: "Move anyway", onChoose: force }] : undefined;
}
