/** The card while it is edited in its place: title, priority, labels. Only what changed is sent. */
import type { KeyboardEvent } from "react";
import { useId, useState } from "react";
import type { ShownItem } from "../../src/client/item.ts";
import { stageOf, titleOf } from "../../src/client/item.ts";
import { useWrites } from "../../src/react/index.ts";
import { Button } from "../ui/button.tsx";
import type { EditedField } from "./board-state.ts";
import { useBoardActions } from "./board-state.ts";
import type { CardDraft } from "./draft.ts";
import { changesIn, draftOf } from "./draft.ts";
import { useRefusal } from "./use-refusal.ts";
import "./card-editor.css";

export interface CardEditorProps {
  readonly item: ShownItem;
  /** Which field has the focus first. */
  readonly field: EditedField;
}

export function CardEditor({ item, field }: CardEditorProps) {
  const [start] = useState(() => draftOf(item));
  const [draft, setDraft] = useState(start);
  const { edit, setCursor } = useBoardActions();
  const { edit: send } = useWrites();
  const refused = useRefusal();
  const leave = (): void => {
    edit(null);
    setCursor({ stage: stageOf(item), item: item.item, isCalled: true });
  };
  const save = (): void => {
    const fields = changesIn(start, draft);
    leave();
    if (fields === null) return;
    send(item.item, fields).catch((error: unknown) => {
      refused(`Change ${titleOf(item)}`, error);
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === "Escape") leave();
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    save();
  };
  return (
    <form
      className="card card-editor"
      aria-label={`Edit ${titleOf(item)}`}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Fields draft={draft} focused={field} onChange={setDraft} />
      <div className="card-editor-end">
        <Button look="quiet" onClick={leave}>
          Cancel
        </Button>
        <Button look="primary" type="submit">
          Save
        </Button>
      </div>
    </form>
  );
}

interface FieldsProps {
  readonly draft: CardDraft;
  readonly focused: EditedField;
  readonly onChange: (draft: CardDraft) => void;
}

function Fields({ draft, focused, onChange }: FieldsProps) {
  const id = useId();
  return (
    <>
      <label className="hidden-text" htmlFor={`${id}-title`}>
        Title
      </label>
      <textarea
        id={`${id}-title`}
        className="card-editor-title"
        rows={2}
        value={draft.title}
        autoFocus={focused === "title"}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => onChange({ ...draft, title: event.currentTarget.value })}
      />
      <div className="card-editor-row">
        <label htmlFor={`${id}-priority`}>Priority</label>
        <input
          id={`${id}-priority`}
          className="card-editor-priority"
          inputMode="numeric"
          value={draft.priority}
          autoFocus={focused === "priority"}
          onChange={(event) => onChange({ ...draft, priority: event.currentTarget.value })}
        />
        <label htmlFor={`${id}-labels`}>Labels</label>
        <input
          id={`${id}-labels`}
          className="card-editor-labels"
          placeholder="ui, urgent"
          value={draft.labels}
          autoFocus={focused === "labels"}
          onChange={(event) => onChange({ ...draft, labels: event.currentTarget.value })}
        />
      </div>
    </>
  );
}
