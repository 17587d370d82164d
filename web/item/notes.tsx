/** The notes of an item, the newest first, and a place to write one. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { NoteDto, WholeItemDto } from "../../src/client/contract.ts";
import { useTowline } from "../../src/react/index.ts";
import { Author } from "../changes/author.tsx";
import type { LoadPage } from "../pages/use-pages.ts";
import { usePages } from "../pages/use-pages.ts";
import { Button } from "../ui/button.tsx";
import { LongText } from "./long-text.tsx";
import "./notes.css";

export interface NotesProps {
  readonly item: WholeItemDto;
  /** Another one for each state of the item. */
  readonly version: string;
  readonly canEdit: boolean;
  /** Resolves to false when it could not be written; why, the page has said. */
  readonly onAdd: (text: string) => Promise<boolean>;
}

export function Notes({ item, version, canEdit, onAdd }: NotesProps) {
  const { loaded, isLoading, error, more } = useNotes(item, version);
  const entries = loaded?.entries ?? item.notes;
  const left = item.noteCount - entries.length;
  return (
    <div className="notes">
      {canEdit && <NewNote onAdd={onAdd} />}
      {entries.length === 0 && !canEdit && <p className="quiet">No notes.</p>}
      <ol>
        {entries.map((note, at) => (
          <li key={`${keyOf(note)} ${entries.length - at}`} className="note">
            <Author by={note} />
            <LongText text={note.text} />
          </li>
        ))}
      </ol>
      {error !== null && <p role="alert">{error.message}</p>}
      {left > 0 && (
        <Button look="quiet" disabled={isLoading} onClick={more}>
          {`Show older (${left.toLocaleString()} more)`}
        </Button>
      )}
    </div>
  );
}

/** The first page comes with the item itself. */
function useNotes(item: WholeItemDto, version: string) {
  const { client } = useTowline();
  const id = item.item;
  const first = useRef(item);
  useEffect(() => {
    first.current = item;
  });
  const load = useCallback<LoadPage<NoteDto>>(
    async (cursor, signal) => {
      if (cursor === undefined) {
        return { entries: first.current.notes, next: first.current.olderNotes };
      }
      const { notes, next } = await client.notes(id, { cursor }, signal);
      return { entries: notes, next };
    },
    [client, id],
  );
  return usePages({ load, keyOf, version });
}

function keyOf({ op, text }: NoteDto): string {
  return `${op} ${text}`;
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
