/** A line at the top of a column for new items: Enter adds one and waits for the next. */
import type { KeyboardEvent } from "react";
import { useState } from "react";
import type { JsonValue } from "../../src/client/contract.ts";
import type { StageName } from "../../src/client/item.ts";
import { useWrites } from "../../src/react/index.ts";
import { useAnnounce } from "../ui/announce.tsx";
import { useBoardActions } from "./board-state.ts";
import { oneLine } from "./draft.ts";
import type { BoardFilter } from "./filter-url.ts";
import { stageNames } from "./stages.ts";
import { useRefusal } from "./use-refusal.ts";
import "./quick-add.css";

export interface QuickAddProps {
  readonly stage: StageName;
  /** A new item gets the label and the assignee that are filtered by, else it would not show. */
  readonly filter: BoardFilter;
}

export function QuickAdd({ stage, filter }: QuickAddProps) {
  const [title, setTitle] = useState("");
  const [opener] = useState(() => document.activeElement);
  const { addTo } = useBoardActions();
  const { create } = useWrites();
  const announce = useAnnounce();
  const refused = useRefusal();
  const add = (): void => {
    const given = oneLine(title);
    if (given === "") return;
    setTitle("");
    create({ title: given, fields: { ...filtered(filter), stage } }).then(
      () => announce(`${given} added to ${stageNames[stage]}.`),
      (error: unknown) => {
        refused(`${given} was not added`, error);
        setTitle((now) => (now === "" ? given : now));
      },
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape") {
      addTo(null);
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    }
    if (event.key === "Enter" && !event.nativeEvent.isComposing) add();
  };
  return (
    <div className="quick-add">
      <input
        aria-label={`Title of a new item in ${stageNames[stage]}`}
        placeholder="Title, then Enter"
        value={title}
        autoFocus
        onChange={(event) => setTitle(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => {
          if (title.trim() === "") addTo(null);
        }}
      />
    </div>
  );
}

function filtered({ label, assignee }: BoardFilter): Record<string, JsonValue> {
  return {
    ...(label === undefined ? {} : { labels: [label] }),
    ...(assignee === undefined ? {} : { assignee }),
  };
}
