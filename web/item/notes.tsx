/** The notes of an item, the newest first, and a place to write one. */
import { useState } from "react";
import type { NoteDto } from "../../src/client/contract.ts";
import { Button } from "../ui/button.tsx";
import { Author } from "../changes/author.tsx";
import { LongText } from "./long-text.tsx";
import "./notes.css";

/** Notes in the page at first, and further ones for each click: an item may have thousands. */
const atFirst = 20;
const furtherOnes = 100;

export interface NotesProps {
  readonly notes: readonly NoteDto[];
  readonly canEdit: boolean;
  /** Resolves to false when it could not be written; why, the page has said. */
  readonly onAdd: (text: string) => Promise<boolean>;
}

export function Notes({ notes, canEdit, onAdd }: NotesProps) {
  const [shown, setShown] = useState(atFirst);
  const newest = notes.toReversed().slice(0, shown);
  return (
    <div className="notes">
      {canEdit && <NewNote onAdd={onAdd} />}
      {notes.length === 0 && !canEdit && <p className="quiet">No notes.</p>}
      <ol>
        {newest.map((note, at) => (
          <li key={`${note.op} ${notes.length - at}`} className="note">
            <Author by={note} />
            <LongText text={note.text} />
          </li>
        ))}
      </ol>
      {notes.length > shown && (
        <Button look="quiet" onClick={() => setShown(shown + furtherOnes)}>
          {`Show older (${(notes.length - shown).toLocaleString()} more)`}
        </Button>
      )}
    </div>
  );
}

function NewNote({ onAdd }: Pick<NotesProps, "onAdd">) {
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const add = async (): Promise<void> => {
    if (text.trim() === "" || isBusy) return;
    setBusy(true);
    const isWritten = await onAdd(text.trimEnd());
    setBusy(false);
    if (isWritten) setText("");
  };
  return (
    <form
      className="note-form"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <textarea
        className="field-input"
        aria-label="New note"
        placeholder="Write a note…"
        rows={text === "" ? 1 : 3}
        value={text}
        readOnly={isBusy}
        dir="auto"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void add();
          // What was typed is not lost to a slip: Escape leaves the field, then closes the panel.
          if (event.key !== "Escape" || text === "") return;
          event.preventDefault();
          event.currentTarget.blur();
        }}
      />
      {text !== "" && (
        <Button type="submit" look="primary" disabled={isBusy}>
          Add note
        </Button>
      )}
    </form>
  );
}
