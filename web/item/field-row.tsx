/** One field of an item: what it holds, who wrote that, and a way to write something else. */
import type { ReactNode, RefObject } from "react";
import { useEffect, useRef, useState } from "react";
import type { BlameDto, JsonValue } from "../../src/client/contract.ts";
import { Author } from "../changes/author.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import type { Editor } from "./fields.ts";
import { editorOf, fieldName, isFlagSet, isHeld, parseTyped, valueText } from "./fields.ts";
import { LineInput, TextInput } from "./inputs.tsx";
import { LongText } from "./long-text.tsx";
import type { Saved } from "./save.ts";
import "./field-row.css";

/** What is meant to be overwritten: the value, and the tag of the item that held it. */
interface Base {
  readonly value: JsonValue;
  readonly etag: string | null;
}

export type SaveField = (edit: {
  readonly field: string;
  readonly value: JsonValue;
  readonly before: JsonValue;
  readonly etag: string | null;
}) => Promise<Saved>;

export interface FieldProps {
  readonly field: string;
  readonly value: JsonValue;
  /** The tag of the item that holds it. */
  readonly etag: string | null;
  /** Who wrote it; of a set one entry for each value. */
  readonly blame: readonly BlameDto[];
  readonly canEdit: boolean;
  readonly save: SaveField;
  /** Edits the sets, which are never typed as one text. */
  readonly children?: ((write: (value: JsonValue) => void) => ReactNode) | undefined;
}

const looks: Readonly<Partial<Record<string, string>>> = {
  title: "field-title",
  description: "field-wide",
};

type State =
  | { readonly phase: "still" }
  | { readonly phase: "editing"; readonly base: Base; readonly problem: string | null }
  | { readonly phase: "saving"; readonly base: Base }
  /** Until the node tells how the item is now. */
  | { readonly phase: "saved"; readonly value: JsonValue }
  | { readonly phase: "changed"; readonly mine: JsonValue; readonly theirs: Changed };

type Changed = Extract<Saved, { kind: "changed" }>;

export function FieldRow(props: FieldProps) {
  const { field, value, etag, blame, children } = props;
  const edit = useFieldEdit(props);
  const { state } = edit;
  const place = useRef<HTMLElement>(null);
  useFocusBack(place, state.phase);
  const editor = editorOf(field, value);
  const newest = blame[0];
  return (
    <div className={`field ${looks[field] ?? ""}`}>
      <dt>{fieldName(field)}</dt>
      <dd ref={place}>
        {children === undefined ? (
          <FieldValue {...props} editor={editor} edit={edit} />
        ) : (
          children((next) => edit.write(next, { value, etag }))
        )}
        {state.phase === "changed" && (
          <Meanwhile
            {...state}
            onMine={() =>
              edit.write(state.mine, { value: state.theirs.theirs, etag: state.theirs.etag })
            }
            onTheirs={edit.cancel}
          />
        )}
        {state.phase === "editing" && state.problem !== null && (
          <p className="field-problem" role="alert">
            {state.problem}
          </p>
        )}
        {newest !== undefined && isHeld(value) && (
          <p className="field-blame">
            <Author by={newest} node={newest.node} />
          </p>
        )}
      </dd>
    </div>
  );
}

/** An input that goes takes the focus with it: it comes back to what takes its place. */
function useFocusBack(place: RefObject<HTMLElement | null>, phase: State["phase"]): void {
  const before = useRef(phase);
  useEffect(() => {
    const isOver = before.current === "editing" || before.current === "saving";
    before.current = phase;
    if (!isOver || document.activeElement !== document.body) return;
    place.current?.querySelector<HTMLElement>("button, input")?.focus();
  }, [place, phase]);
}

function useFieldEdit({ field, value, etag, save }: FieldProps) {
  const [state, setState] = useState<State>({ phase: "still" });
  useEffect(() => {
    setState((before) => (before.phase === "saved" ? { phase: "still" } : before));
  }, [value]);
  const cancel = (): void => setState({ phase: "still" });
  const begin = (): void => setState({ phase: "editing", base: { value, etag }, problem: null });
  const write = (next: JsonValue, base: Base): void => {
    setState({ phase: "saving", base });
    save({ field, value: next, before: base.value, etag: base.etag })
      .then((saved) => {
        if (saved.kind === "saved") setState({ phase: "saved", value: next });
        else setState({ phase: "changed", mine: next, theirs: saved });
      })
      .catch((error: unknown) =>
        setState({ phase: "editing", base, problem: (error as Error).message }),
      );
  };
  const writeTyped = (editor: Editor, typed: string): void => {
    if (state.phase !== "editing") return;
    const parsed = parseTyped(editor, typed);
    if (parsed.isRight) write(parsed.value, state.base);
    else setState({ ...state, problem: parsed.problem });
  };
  return { state, begin, cancel, write, writeTyped };
}

type FieldEdit = ReturnType<typeof useFieldEdit>;

function FieldValue(props: FieldProps & { readonly editor: Editor; readonly edit: FieldEdit }) {
  const { field, canEdit, editor, edit } = props;
  const { state } = edit;
  const value = state.phase === "saved" ? state.value : props.value;
  if (editor === "flag") return <Flag {...props} />;
  if (state.phase === "editing" || state.phase === "saving") {
    const Input = editor === "text" ? TextInput : LineInput;
    return (
      <Input
        label={fieldName(field)}
        editor={editor}
        initial={valueText(state.base.value)}
        isBusy={state.phase === "saving"}
        problem={state.phase === "editing" ? state.problem : null}
        onSave={(typed) => edit.writeTyped(editor, typed)}
        onCancel={edit.cancel}
      />
    );
  }
  const text = valueText(value);
  const isFixed = !canEdit || editor === "fixed" || editor === "stage";
  if (editor === "text" || text.includes("\n")) {
    return (
      <div className="field-text">
        {text === "" ? <span className="quiet">Nothing yet.</span> : <LongText text={text} />}
        {!isFixed && (
          <IconButton
            icon="edit"
            label={`Edit ${fieldName(field).toLowerCase()}`}
            isSmall
            onClick={edit.begin}
          />
        )}
      </div>
    );
  }
  if (isFixed) return <bdi className="field-value">{text === "" ? "–" : text}</bdi>;
  return (
    <button
      type="button"
      className="field-value field-button"
      aria-label={`${fieldName(field)}: ${text === "" ? "nothing" : text}. Edit`}
      onClick={edit.begin}
    >
      <bdi>{text === "" ? "–" : text}</bdi>
    </button>
  );
}

function Flag(props: FieldProps & { readonly edit: FieldEdit }) {
  const { field, value, etag, canEdit, edit } = props;
  const isSet = isFlagSet(value);
  // A flag that users made up stays in the list when it is off.
  const off = field.startsWith("x_") ? false : null;
  return (
    <label className="field-flag">
      <input
        type="checkbox"
        aria-label={fieldName(field)}
        checked={isSet}
        disabled={!canEdit || edit.state.phase === "saving"}
        onChange={() => edit.write(isSet ? off : true, { value, etag })}
      />
      {typeof value === "string" ? <bdi>{value}</bdi> : isSet ? "yes" : "no"}
    </label>
  );
}

/** What somebody else wrote while this was being edited: both are shown, one is chosen. */
function Meanwhile(props: {
  readonly mine: JsonValue;
  readonly theirs: Changed;
  readonly onMine: () => void;
  readonly onTheirs: () => void;
}) {
  const { mine, theirs, onMine, onTheirs } = props;
  const shown = (value: JsonValue): string => valueText(value) || "nothing";
  return (
    <div className="meanwhile" role="alert">
      <p className="meanwhile-title">Changed meanwhile</p>
      <div className="meanwhile-side">
        <LongText text={shown(theirs.theirs)} />
        {theirs.by !== null && <Author by={theirs.by} node={theirs.by.node} />}
        <Button onClick={onTheirs}>Keep theirs</Button>
      </div>
      <div className="meanwhile-side">
        <LongText text={shown(mine)} />
        <span className="author">yours, not saved</span>
        <Button look="primary" onClick={onMine}>
          Save mine
        </Button>
      </div>
    </div>
  );
}
