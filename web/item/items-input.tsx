/** Edits the items that an item depends on: links to them, and a search that adds one. */
import { useEffect, useId, useRef, useState } from "react";
import type { ItemDto } from "../../src/client/contract.ts";
import { Link } from "../shell/router.tsx";
import { Badge } from "../ui/badge.tsx";
import { IconButton } from "../ui/button.tsx";
import { itemPath } from "./address.ts";
import { valueText } from "./fields.ts";
import { focusInput, isEscape } from "./inputs.tsx";
import "./items-input.css";
import "./list-input.css";

export interface ItemsProps {
  readonly label: string;
  /** The item that is edited: it cannot wait for itself. */
  readonly item: string;
  readonly values: readonly string[];
  /** Those of `values` that are not done yet. */
  readonly waitsFor: readonly string[];
  readonly canEdit: boolean;
  /** An item by its id; null while it is not known here. */
  readonly find: (item: string) => ItemDto | null;
  readonly search: (text: string, signal: AbortSignal) => Promise<readonly ItemDto[]>;
  readonly titleOf: (value: string) => string;
  readonly onChange: (values: readonly string[]) => void;
}

export function ItemsInput(props: ItemsProps) {
  const { label, item, values, waitsFor, canEdit, find, search, titleOf, onChange } = props;
  return (
    <div className="items-input">
      {values.length > 0 && (
        <ul aria-label={label}>
          {values.map((value) => (
            <li key={value} className="items-row" title={titleOf(value)}>
              <Link className="items-link" href={itemPath(value)}>
                <bdi>{titleText(find(value), value)}</bdi>
              </Link>
              <Badge tone={waitsFor.includes(value) ? "warn" : "good"}>
                {waitsFor.includes(value) ? "not done" : "done"}
              </Badge>
              {canEdit && (
                <IconButton
                  icon="close"
                  label={`Do not wait for ${value}`}
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
      )}
      {canEdit && (
        <ItemSearch
          label={`Add to ${label.toLowerCase()}`}
          search={search}
          without={[item, ...values]}
          onChoose={(chosen) => onChange([...values, chosen])}
        />
      )}
    </div>
  );
}

function titleText(found: ItemDto | null, item: string): string {
  const title = valueText(found?.fields["title"] ?? null);
  return title === "" ? item : title;
}

/** A search starts when nothing was typed for so long. */
const restMs = 150;

interface SearchProps {
  readonly label: string;
  readonly search: ItemsProps["search"];
  readonly without: readonly string[];
  readonly onChoose: (item: string) => void;
}

function ItemSearch({ label, search, without, onChoose }: SearchProps) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const all = useFound(typed, search);
  const found = all.filter(({ item }) => !without.includes(item));
  const id = useId();
  const choose = (item: string): void => {
    setTyped("");
    setAt(0);
    onChoose(item);
  };
  const step = (by: number): void => setAt((at + by + found.length) % found.length);
  return (
    <div className="items-search">
      <input
        className="list-typed"
        role="combobox"
        aria-label={label}
        aria-expanded={found.length > 0}
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={found[at] === undefined ? undefined : `${id}-${at}`}
        placeholder="Search for an item…"
        value={typed}
        dir="auto"
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onBlur={() => setTyped("")}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" && found.length > 0) step(1);
          else if (event.key === "ArrowUp" && found.length > 0) step(-1);
          else if (event.key === "Enter" && found[at] !== undefined) choose(found[at].item);
          else if (typed !== "" && isEscape(event)) setTyped("");
          else return;
          event.preventDefault();
        }}
      />
      <ul id={id} role="listbox" aria-label="Items found" hidden={found.length === 0}>
        {found.map((one, index) => (
          <li
            key={one.item}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className="items-found"
            // A click must not take the focus from the input first, which would close the list.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(one.item)}
          >
            <bdi className="items-title">{titleText(one, one.item)}</bdi>
            <code>{one.item}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useFound(typed: string, search: ItemsProps["search"]): readonly ItemDto[] {
  const [found, setFound] = useState<readonly ItemDto[]>([]);
  const latest = useRef(search);
  useEffect(() => {
    latest.current = search;
  });
  useEffect(() => {
    if (typed.trim() === "") return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      latest
        .current(typed.trim(), stop.signal)
        .then((items) => {
          if (!stop.signal.aborted) setFound(items);
        })
        // Whoever types on asks anew; a node that is gone is said at the top of the page.
        .catch(() => setFound([]));
    }, restMs);
    return () => {
      stop.abort();
      clearTimeout(timer);
      setFound([]);
    };
  }, [typed]);
  return found;
}
