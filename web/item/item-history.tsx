/** Everything that ever happened to an item, the newest first; narrowed to claims when asked. */
import { useCallback, useState } from "react";
import type { ChangeDto } from "../../src/client/contract.ts";
import { useTowline } from "../../src/react/index.ts";
import { ChangeList } from "../changes/change-list.tsx";
import type { Shown } from "../changes/lines.ts";
import { canUndo, opOf } from "../changes/lines.ts";
import type { LoadPage } from "../pages/use-pages.ts";
import { usePages } from "../pages/use-pages.ts";
import { IconButton } from "../ui/button.tsx";
import { Choice } from "../ui/choice.tsx";

const choices: readonly (readonly [Shown, string])[] = [
  ["all", "All"],
  ["claims", "Claims"],
  ["fields", "Fields"],
  ["notes", "Notes"],
];

export interface ItemHistoryProps {
  readonly item: string;
  /** Another one for each state of the item. */
  readonly version: string;
  readonly canEdit: boolean;
  readonly isBusy: boolean;
  readonly onUndo: (op: string) => void;
}

export function ItemHistory({ item, version, canEdit, isBusy, onUndo }: ItemHistoryProps) {
  const { client } = useTowline();
  const [shown, setShown] = useState<Shown>("all");
  const load = useCallback<LoadPage<ChangeDto>>(
    async (cursor, signal) => {
      const query = cursor === undefined ? {} : { cursor };
      const { changes: entries, next } = await client.itemHistory(item, query, signal);
      return { entries, next };
    },
    [client, item],
  );
  const changes = usePages({ load, keyOf: opOf, version });
  return (
    <>
      <Choice label="Show" choices={choices} chosen={shown} onChoose={setShown} />
      <ChangeList
        changes={changes}
        shown={shown}
        action={(change) =>
          canEdit &&
          canUndo(change) && (
            <IconButton
              icon="undo"
              label={`Undo: ${change.text.join(", ")}`}
              isSmall
              disabled={isBusy}
              onClick={() => onUndo(change.op)}
            />
          )
        }
      />
    </>
  );
}
