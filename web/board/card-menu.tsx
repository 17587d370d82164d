/** What can be done with a card, in a menu that its button and the key M open. */
import { useState } from "react";
import type { ShownItem } from "../../src/client/item.ts";
import { stageOf, stages, titleOf } from "../../src/client/item.ts";
import { IconButton } from "../ui/button.tsx";
import type { MenuEntry } from "../ui/menu.tsx";
import { Menu } from "../ui/menu.tsx";
import type { BoardActions } from "./board-state.ts";
import { useBoardActions } from "./board-state.ts";
import { StageMark } from "./stage-mark.tsx";
import { stageNames } from "./stages.ts";

export function CardMenu({ item }: { readonly item: ShownItem }) {
  const actions = useBoardActions();
  const [anchor, setAnchor] = useState<Element | null>(null);
  const label = `Actions for ${titleOf(item)}`;
  return (
    <>
      <IconButton
        icon="more"
        label={label}
        title="Actions (M)"
        isSmall
        className="card-menu"
        tabIndex={-1}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
      />
      {anchor !== null && (
        <Menu
          label={label}
          anchor={anchor}
          entries={entriesFor(item, actions)}
          onClose={() => setAnchor(null)}
        />
      )}
    </>
  );
}

function entriesFor(item: ShownItem, actions: BoardActions): readonly MenuEntry[] {
  const { canEdit, move, edit, open } = actions;
  const id = item.item;
  const looks: readonly MenuEntry[] = [
    {
      label: "Open",
      icon: "arrowRight",
      hint: "Enter",
      isNewGroup: canEdit,
      onChoose: () => open(id),
    },
    {
      label: "Copy id",
      icon: "copy",
      // Browsers give the clipboard to pages of this machine and of https alone.
      isDisabled: !isSecureContext,
      onChoose: () => void navigator.clipboard.writeText(id),
    },
  ];
  if (!canEdit) return looks;
  const current = stageOf(item);
  return [
    ...stages.map((stage) => ({
      label: stageNames[stage],
      mark: <StageMark stage={stage} />,
      isChecked: stage === current,
      onChoose: () => move(item, stage),
    })),
    {
      label: "Edit title",
      icon: "edit",
      isNewGroup: true,
      hint: "E",
      onChoose: () => edit({ item: id, field: "title" }),
    },
    {
      label: "Set priority",
      icon: "arrowUp",
      hint: "P",
      onChoose: () => edit({ item: id, field: "priority" }),
    },
    {
      label: "Edit labels",
      icon: "label",
      hint: "L",
      onChoose: () => edit({ item: id, field: "labels" }),
    },
    ...looks,
  ];
}
