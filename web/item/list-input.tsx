/** Edits a set of texts, such as labels: each can be taken away, and new ones typed. */
import { useId, useState } from "react";
import { IconButton } from "../ui/button.tsx";
import { focusInput, isEscape } from "./inputs.tsx";
import "./list-input.css";

export interface ListProps {
  readonly label: string;
  readonly values: readonly string[];
  readonly canEdit: boolean;
  /** Offered while typing. */
  readonly known: readonly string[];
  /** Who added a value, as a tooltip. */
  readonly titleOf: (value: string) => string;
  readonly onChange: (values: readonly string[]) => void;
}

export function ListInput({ label, values, canEdit, known, titleOf, onChange }: ListProps) {
  const [typed, setTyped] = useState("");
  const listId = useId();
  const add = (): void => {
    const added = typed.split(",").map((each) => each.trim());
    const fresh = added.filter((each) => each !== "" && !values.includes(each));
    setTyped("");
    if (fresh.length > 0) onChange([...values, ...new Set(fresh)]);
  };
  return (
    <div className="list-input">
      <ul className="list-values" aria-label={label}>
        {values.map((value) => (
          <li key={value} className="list-value" title={titleOf(value)}>
            <bdi>{value}</bdi>
            {canEdit && (
              <IconButton
                icon="close"
                label={`Remove ${value}`}
                isSmall
                onClick={(event) => {
                  focusInput(event);
                  onChange(values.filter((each) => each !== value));
                }}
              />
            )}
          </li>
        ))}
      </ul>
      {canEdit && (
        <input
          className="list-typed"
          aria-label={`Add to ${label.toLowerCase()}`}
          placeholder="Add…"
          value={typed}
          list={listId}
          dir="auto"
          onChange={(event) => setTyped(event.target.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if ((event.key === "Enter" || event.key === ",") && !event.nativeEvent.isComposing) {
              event.preventDefault();
              add();
            } else if (typed !== "" && isEscape(event)) setTyped("");
          }}
        />
      )}
      {canEdit && (
        <datalist id={listId}>
          {known.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      )}
    </div>
  );
}
