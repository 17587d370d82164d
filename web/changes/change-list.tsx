/** Changes under headings of days: who, on which node, when, and a line for each change. */
import type { ReactNode } from "react";
import type { ChangeDto } from "../../src/client/contract.ts";
import { Button } from "../ui/button.tsx";
import { Spinner } from "../ui/empty.tsx";
import type { IconName } from "../ui/icon.tsx";
import { Icon } from "../ui/icon.tsx";
import { Author } from "./author.tsx";
import type { Shown } from "./lines.ts";
import { byDay, isShown, linesOf, mainKind } from "./lines.ts";
import type { Pages } from "../pages/use-pages.ts";
import "./change-list.css";

const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

const marks: Readonly<Record<string, IconName>> = {
  new: "add",
  set: "edit",
  add: "label",
  rem: "label",
  inc: "add",
  note: "note",
  move: "move",
  del: "trash",
  claim: "person",
  confirm: "check",
  renew: "clock",
  release: "undo",
  complete: "check",
  fail: "close",
  retry: "retry",
};

export interface ChangeListProps {
  readonly changes: Pages<ChangeDto>;
  readonly shown: Shown;
  /** Stands before the lines of a change: which item it is about. */
  readonly about?: (change: ChangeDto) => ReactNode;
  /** Stands behind them: what can be done about it. */
  readonly action?: (change: ChangeDto) => ReactNode;
}

export function ChangeList({ changes, shown, about, action }: ChangeListProps) {
  const { loaded, isLoading, error, more } = changes;
  if (loaded === null) return error === null ? <Spinner /> : <p role="alert">{error.message}</p>;
  const entries = loaded.entries.filter((change) => isShown(change, shown));
  return (
    <div className="changes">
      {byDay(entries, dayOf).map(({ day, entries: ofDay }) => (
        <section key={`${day} ${ofDay[0]?.op ?? ""}`}>
          <h4 className="changes-day">{day}</h4>
          <ol>
            {ofDay.map((change) => (
              <li key={change.op} className="change">
                <Icon name={markOf(change)} />
                <div className="change-what">
                  {about?.(change)}
                  {linesOf(change).map((line, at) => (
                    <p key={at} dir="auto">
                      {line}
                    </p>
                  ))}
                  <p title={`op ${change.op}`}>
                    <Author by={change} node={change.node} />
                  </p>
                </div>
                {action?.(change)}
              </li>
            ))}
          </ol>
        </section>
      ))}
      {entries.length === 0 && <p className="quiet">Nothing of this kind among these changes.</p>}
      {error !== null && <p role="alert">{error.message}</p>}
      {loaded.next !== null && (
        <Button look="quiet" disabled={isLoading} onClick={more}>
          Show older
        </Button>
      )}
    </div>
  );
}

function markOf(change: ChangeDto): IconName {
  const kind = mainKind(change);
  return (Object.hasOwn(marks, kind) ? marks[kind] : undefined) ?? "help";
}

function dayOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "At an impossible time" : dayFormat.format(date);
}
