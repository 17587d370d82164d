/** Inputs in which a plain field is edited in place: a line, a number, a date, a longer text. */
import type { KeyboardEvent, MouseEvent } from "react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import type { Editor } from "./fields.ts";
import "./inputs.css";

export interface InputProps {
  readonly label: string;
  readonly editor: Editor;
  readonly initial: string;
  readonly isBusy: boolean;
  /** Why what was typed cannot be saved; null when it can. */
  readonly problem: string | null;
  readonly onSave: (typed: string) => void;
  readonly onCancel: () => void;
}

/** Enter and leaving it save, Escape does not. */
export function LineInput(props: InputProps) {
  const { label, editor, initial, isBusy, problem, onSave, onCancel } = props;
  const [typed, setTyped] = useState(initial);
  const isOver = useRef(false);
  const input = useFocusAtOnce<HTMLInputElement>();
  const end = (isSaving: boolean): void => {
    // Leaving comes after Enter and after Escape as well.
    if (isOver.current) return;
    isOver.current = true;
    if (isSaving && typed !== initial) onSave(typed);
    else onCancel();
  };
  useEffect(() => {
    if (problem !== null) isOver.current = false;
  }, [problem]);
  return (
    <input
      ref={input}
      className="field-input"
      type={editor === "date" ? "date" : "text"}
      inputMode={editor === "number" ? "decimal" : "text"}
      aria-label={label}
      aria-invalid={problem !== null}
      value={typed}
      readOnly={isBusy}
      dir="auto"
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.nativeEvent.isComposing) end(true);
        else if (isEscape(event)) end(false);
      }}
    />
  );
}

/** Several lines: Enter is one of them, so that buttons, or Enter with Ctrl, save. */
export function TextInput({ label, initial, isBusy, onSave, onCancel }: InputProps) {
  const [typed, setTyped] = useState(initial);
  const input = useFocusAtOnce<HTMLTextAreaElement>();
  return (
    <div className="text-input">
      <textarea
        ref={input}
        className="field-input"
        aria-label={label}
        rows={Math.min(18, Math.max(4, typed.split("\n").length + 1))}
        value={typed}
        readOnly={isBusy}
        dir="auto"
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onSave(typed);
          else if (isEscape(event) && typed === initial) onCancel();
        }}
      />
      <div className="text-input-buttons">
        <Button look="primary" disabled={isBusy} onClick={() => onSave(typed)}>
          Save
        </Button>
        <Button disabled={isBusy} onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

/** Keeps Escape from closing the panel around the input as well. */
export function isEscape(event: KeyboardEvent): boolean {
  if (event.key !== "Escape") return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}

/** A button that goes when it is pressed leaves the focus to the input beside it. */
export function focusInput({ currentTarget, detail }: MouseEvent<HTMLElement>): void {
  // Only when a key pressed it: on a phone the keyboard would come up.
  if (detail > 0) return;
  currentTarget.closest("dd")?.querySelector("input")?.focus();
}

function useFocusAtOnce<T extends HTMLInputElement | HTMLTextAreaElement>() {
  const element = useRef<T>(null);
  useEffect(() => {
    element.current?.focus();
    element.current?.select();
  }, []);
  return element;
}
