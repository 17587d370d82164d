/** What the board is filtered by: words, label, assignee, holder, obstacles, stage. */
import type { KeyboardEvent, RefObject } from "react";
import { useEffect, useState } from "react";
import { stages } from "../../src/client/item.ts";
import { useItems, useTowline } from "../../src/react/index.ts";
import { useNodeName } from "../shell/node-names.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import type { IconName } from "../ui/icon.tsx";
import type { MenuEntry } from "../ui/menu.tsx";
import { MenuButton } from "../ui/menu.tsx";
import type { BoardFilter } from "./filter-url.ts";
import { choicesIn } from "./filter-choices.ts";
import { StageMark } from "./stage-mark.tsx";
import { stageNames } from "./stages.ts";
import "./filter-bar.css";

export interface FilterBarProps {
  readonly filter: BoardFilter;
  readonly onFilter: (filter: BoardFilter) => void;
  readonly searchField: RefObject<HTMLInputElement | null>;
  readonly onHelp: () => void;
  /** Enter in the search field leads to what was found. */
  readonly onDone: () => void;
  /** For narrow screens, where the columns have no heading; null for those who only look. */
  readonly onAdd: (() => void) | null;
}

export function FilterBar(props: FilterBarProps) {
  const { filter, onFilter, searchField, onHelp, onDone, onAdd } = props;
  const set = (change: Partial<BoardFilter>): void => onFilter({ ...filter, ...change });
  const isFiltered = Object.values(filter).some((value) => value !== undefined && value !== false);
  return (
    <div className="filter-bar" role="search" aria-label="Items on the board">
      <SearchField
        words={filter.search ?? ""}
        field={searchField}
        onWords={(search) => set({ search: search === "" ? undefined : search })}
        onDone={onDone}
      />
      <div className="filter-buttons">
        <TextFilter name="label" icon="label" filter={filter} onChoose={set} />
        <TextFilter name="assignee" icon="person" filter={filter} onChoose={set} />
        <TextFilter name="holder" icon="clock" filter={filter} onChoose={set} />
        <StageFilter filter={filter} onChoose={set} />
        <Button
          look="quiet"
          icon="blocked"
          aria-pressed={filter.isBlocked === true}
          className="filter-button"
          onClick={() => set({ isBlocked: filter.isBlocked === true ? undefined : true })}
        >
          Blocked
        </Button>
        {isFiltered && (
          <Button look="quiet" icon="close" onClick={() => onFilter({})}>
            Clear
          </Button>
        )}
      </div>
      <Count filter={filter} isFiltered={isFiltered} />
      <IconButton
        icon="help"
        label="Keyboard shortcuts (?)"
        className="filter-help"
        onClick={onHelp}
      />
      {onAdd !== null && (
        <IconButton icon="add" label="New item" className="filter-add" onClick={onAdd} />
      )}
    </div>
  );
}

interface SearchFieldProps {
  readonly words: string;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onWords: (words: string) => void;
  readonly onDone: () => void;
}

/** Between a key and the search; a browser also counts how often an address changes. */
const typingMs = 150;

function SearchField({ words, field, onWords, onDone }: SearchFieldProps) {
  const [typed, setTyped] = useState(words);
  const [known, setKnown] = useState(words);
  if (known !== words) {
    // The address was changed by something else: a link, or the button that goes back.
    setKnown(words);
    if (typed.trim() !== words) setTyped(words);
  }
  useEffect(() => {
    if (typed.trim() === words) return;
    const timer = setTimeout(() => onWords(typed.trim()), typingMs);
    return () => clearTimeout(timer);
  }, [typed, words, onWords]);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === "Enter") onDone();
    if (event.key !== "Escape") return;
    setTyped("");
    event.currentTarget.blur();
  };
  return (
    <div className="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label="Search items"
        aria-keyshortcuts="/"
        placeholder="Search"
        value={typed}
        spellCheck={false}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

interface FilterProps {
  readonly filter: BoardFilter;
  readonly onChoose: (change: Partial<BoardFilter>) => void;
}

interface TextFilterProps extends FilterProps {
  readonly name: "label" | "assignee" | "holder";
  readonly icon: IconName;
}

const names = { label: "Label", assignee: "Assignee", holder: "Holder" } as const;

function TextFilter({ name, icon, filter, onChoose }: TextFilterProps) {
  const { live } = useTowline();
  const nameOf = useNodeName();
  const current = filter[name];
  const entries = (): readonly MenuEntry[] => {
    const choices = choicesIn(name, live.view({}).snapshot(), nameOf);
    const all = choices.map(({ value, label, count }) => ({
      label,
      hint: String(count),
      isChecked: value === current,
      onChoose: () => onChoose({ [name]: value === current ? undefined : value }),
    }));
    return all.length > 0
      ? all
      : [{ label: `No ${name} yet`, isDisabled: true, onChoose: () => undefined }];
  };
  return (
    <MenuButton
      look="quiet"
      icon={icon}
      entries={entries}
      aria-label={current === undefined ? names[name] : `${names[name]}: ${current}`}
      data-set={current === undefined ? undefined : true}
      className="filter-button"
    >
      {current === undefined ? names[name] : shownValue(name, current, nameOf)}
    </MenuButton>
  );
}

function shownValue(
  name: TextFilterProps["name"],
  value: string,
  nameOf: (node: string) => string,
): string {
  return name === "holder" && /^[0-9a-f]{64}$/u.test(value) ? nameOf(value) : value;
}

function StageFilter({ filter, onChoose }: FilterProps) {
  const { stage: current } = filter;
  const entries = stages.map((stage) => ({
    label: stageNames[stage],
    mark: <StageMark stage={stage} />,
    isChecked: stage === current,
    onChoose: () => onChoose({ stage: stage === current ? undefined : stage }),
  }));
  return (
    <MenuButton
      look="quiet"
      icon="board"
      entries={entries}
      aria-label={current === undefined ? "Stage" : `Stage: ${stageNames[current]}`}
      data-set={current === undefined ? undefined : true}
      className="filter-button filter-stage"
    >
      {current === undefined ? "Stage" : stageNames[current]}
    </MenuButton>
  );
}

interface CountProps {
  readonly filter: BoardFilter;
  readonly isFiltered: boolean;
}

function Count({ filter, isFiltered }: CountProps) {
  const all = useItems().length;
  const found = useItems(filter).length;
  const count = (items: number): string => items.toLocaleString("en");
  return (
    <span className="filter-count" role="status">
      {isFiltered ? `${count(found)} of ${count(all)}` : count(all)}
      <span className="filter-noun"> {all === 1 ? "item" : "items"}</span>
    </span>
  );
}
