/** One stage of the board: a heading and the cards, of which only those in sight are there. */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import type { Range } from "@tanstack/react-virtual";
import { memo, useCallback, useId, useRef } from "react";
import type { ShownItem, StageName } from "../../src/client/item.ts";
import { IconButton } from "../ui/button.tsx";
import type { Cursor, Edited, Lifted } from "./board-state.ts";
import { useBoardActions } from "./board-state.ts";
import { Card } from "./card.tsx";
import type { BoardFilter } from "./filter-url.ts";
import { QuickAdd } from "./quick-add.tsx";
import { useStageItems } from "./stage-items.ts";
import { StageMark } from "./stage-mark.tsx";
import { stageNames } from "./stages.ts";
import { useColumnFocus } from "./use-column-focus.ts";
import "./column.css";

export interface ColumnProps {
  readonly stage: StageName;
  readonly filter: BoardFilter;
  /** Null when it is in another column. */
  readonly cursor: Cursor | null;
  readonly lifted: Lifted | null;
  readonly edited: Edited | null;
  readonly isAdding: boolean;
}

export const Column = memo(function Column(props: ColumnProps) {
  const { stage, filter, lifted, isAdding } = props;
  const items = useStageItems(stage, filter);
  const titleId = useId();
  return (
    <section
      className="column"
      aria-labelledby={titleId}
      data-stage={stage}
      data-over={lifted?.over === stage && lifted.from !== stage ? true : undefined}
    >
      <ColumnHead stage={stage} count={items.length} titleId={titleId} />
      {isAdding && <QuickAdd stage={stage} filter={filter} />}
      <CardList {...props} items={items} />
    </section>
  );
});

interface ColumnHeadProps {
  readonly stage: StageName;
  readonly count: number;
  readonly titleId: string;
}

function ColumnHead({ stage, count, titleId }: ColumnHeadProps) {
  const { canEdit, addTo, toggleFold } = useBoardActions();
  const name = stageNames[stage];
  return (
    <header className="column-head">
      <StageMark stage={stage} />
      <h2 id={titleId} className="column-title">
        {name} <span className="column-count">{count.toLocaleString("en")}</span>
      </h2>
      <IconButton
        icon="arrowLeft"
        label={`Fold ${name}`}
        isSmall
        className="column-fold"
        onClick={() => toggleFold(stage)}
      />
      {canEdit && (
        <IconButton
          icon="add"
          label={`New item in ${name}`}
          title="New item (N)"
          isSmall
          onClick={() => addTo(stage)}
        />
      )}
    </header>
  );
}

/** What a card is high before it was seen; then it is measured. */
const cardHeight = 78;
const cardGap = 6;

function CardList({
  stage,
  items,
  cursor,
  lifted,
  edited,
}: ColumnProps & { readonly items: readonly ShownItem[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const cursorAt = cursor === null ? -1 : items.findIndex(({ item }) => item === cursor.item);
  const cards = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => cardHeight,
    getItemKey: (index) => items[index]?.item ?? index,
    rangeExtractor: useCallback((range: Range) => withCursor(range, cursorAt), [cursorAt]),
    gap: cardGap,
    paddingEnd: 12,
    overscan: 5,
  });
  useColumnFocus({ stage, items, cursor, cursorAt, cards, scroller });
  const shown = cards.getVirtualItems();
  const tabStop = cursorAt >= 0 ? cursorAt : (cards.range?.startIndex ?? 0);
  return (
    <div ref={scroller} className="column-cards">
      <ul className="column-list" style={{ height: cards.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          return (
            <li
              key={key}
              ref={cards.measureElement}
              data-index={index}
              className="column-place"
              style={{ transform: `translateY(${start}px)` }}
              aria-setsize={items.length}
              aria-posinset={index + 1}
            >
              <Card
                item={item}
                isTabStop={index === tabStop}
                isLifted={lifted?.item === item.item}
                editedField={edited?.item === item.item ? edited.field : null}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** The card with the focus stays there, however far it is scrolled out of sight. */
function withCursor(range: Range, cursorAt: number): number[] {
  const indexes = defaultRangeExtractor(range);
  if (cursorAt < 0 || cursorAt >= range.count || indexes.includes(cursorAt)) return indexes;
  return [...indexes, cursorAt].sort((left, right) => left - right);
}
