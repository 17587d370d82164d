/** One item on the board. The title is a link, which has the focus; the rest says how it stands. */
import { memo, useId } from "react";
import type { ShownItem } from "../../src/client/item.ts";
import { labelsOf, priorityOf, stageOf, titleOf } from "../../src/client/item.ts";
import { itemPath } from "../item/address.ts";
import { Link } from "../shell/router.tsx";
import { useNodeName } from "../shell/node-names.tsx";
import type { BadgeProps, Tone } from "../ui/badge.tsx";
import { Badge, Dot } from "../ui/badge.tsx";
import { useNow } from "../ui/time.tsx";
import type { EditedField } from "./board-state.ts";
import { useBoardActions } from "./board-state.ts";
import { CardEditor } from "./card-editor.tsx";
import { CardMenu } from "./card-menu.tsx";
import type { HolderLine, Mark } from "./card-text.ts";
import { holderLine, initialsOf, marksOf, priorityText, summaryOf } from "./card-text.ts";
import "./card.css";

export interface CardProps {
  readonly item: ShownItem;
  /** The tab key comes here. */
  readonly isTabStop: boolean;
  readonly isLifted: boolean;
  readonly editedField: EditedField | null;
}

/** More labels than these are counted. */
const labelsMax = 2;

export const Card = memo(function Card({ item, isTabStop, isLifted, editedField }: CardProps) {
  const { canEdit, setCursor } = useBoardActions();
  if (editedField !== null) return <CardEditor item={item} field={editedField} />;
  return (
    <article
      className="card"
      data-card={item.item}
      data-lifted={isLifted || undefined}
      data-pending={item.isPending}
      data-movable={canEdit || undefined}
      onFocus={() => setCursor({ stage: stageOf(item), item: item.item, isCalled: false })}
    >
      <CardTitle item={item} isTabStop={isTabStop} />
      <CardMarks item={item} />
      <CardHolder item={item} />
      <CardMenu item={item} />
    </article>
  );
});

function CardTitle({ item, isTabStop }: { readonly item: ShownItem; readonly isTabStop: boolean }) {
  const nameOf = useNodeName();
  const summaryId = useId();
  return (
    <h3 className="card-title">
      <Link
        href={itemPath(item.item)}
        keepsQuery
        className="card-link"
        draggable={false}
        tabIndex={isTabStop ? 0 : -1}
        aria-describedby={summaryId}
        data-focus={item.item}
      >
        {titleOf(item)}
      </Link>
      <span id={summaryId} hidden>
        {summaryOf(item, holderLine(item, item.toldAt, nameOf))}
      </span>
    </h3>
  );
}

const markLooks: Readonly<
  Record<Mark["name"], { readonly tone: Tone; readonly icon: BadgeProps["icon"] }>
> = {
  conflict: { tone: "bad", icon: "conflict" },
  blocked: { tone: "bad", icon: "blocked" },
  frozen: { tone: "note", icon: "frozen" },
  waits: { tone: "warn", icon: "waits" },
  retries: { tone: "warn", icon: "retry" },
  stage: { tone: "plain", icon: "help" },
  notes: { tone: "plain", icon: "note" },
};

function CardMarks({ item }: { readonly item: ShownItem }) {
  const labels = labelsOf(item);
  const priority = priorityText(item);
  const rank = priorityOf(item) ?? Infinity;
  const { assignee } = item.fields;
  return (
    <div className="card-marks" aria-hidden="true">
      {priority !== null && (
        <span className={`priority ${rank <= 0 ? "priority-0" : rank <= 1 ? "priority-1" : ""}`}>
          {priority}
        </span>
      )}
      <span className="card-id" title={item.item}>
        {item.item}
      </span>
      {marksOf(item).map(({ name, short, words }) => {
        const { tone, icon } = markLooks[name];
        return (
          <Badge key={name} tone={tone} title={words} {...(icon !== undefined && { icon })}>
            {short}
          </Badge>
        );
      })}
      <span className="card-rest">
        {labels.slice(0, labelsMax).map((label) => (
          <span key={label} className="card-label" title={label}>
            {label}
          </span>
        ))}
        {labels.length > labelsMax && (
          <span className="card-more" title={labels.slice(labelsMax).join(", ")}>
            +{labels.length - labelsMax}
          </span>
        )}
        {typeof assignee === "string" && assignee !== "" && (
          <span className="card-assignee" title={`Assigned to ${assignee}`}>
            {initialsOf(assignee)}
          </span>
        )}
      </span>
    </div>
  );
}

const signTones: Readonly<Record<HolderLine["sign"], Tone>> = {
  live: "good",
  unsure: "plain",
  silent: "warn",
  expired: "bad",
};

function CardHolder({ item }: { readonly item: ShownItem }) {
  const isHeld = item.claim?.holder !== null && item.claim !== null;
  return isHeld ? <HolderOf item={item} /> : null;
}

/** Only held cards tick. */
function HolderOf({ item }: { readonly item: ShownItem }) {
  const now = useNow();
  const line = holderLine(item, now, useNodeName());
  if (line === null) return null;
  return (
    <div className={`card-holder card-holder-${line.sign}`} aria-hidden="true">
      <Dot tone={signTones[line.sign]} isLive={line.sign === "live"} />
      <span className="card-who">{line.who}</span>
      <span className="card-sign">{line.words}</span>
    </div>
  );
}
