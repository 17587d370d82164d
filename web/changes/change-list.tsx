/** Changes under headings of days: who, on which node, when, and a line for each change. */
import type { ReactNode } from "react";
import type { ChangeDto } from "../../src/client/contract.ts";
import { Button } from "../ui/button.tsx";
import { Badge } from "../ui/badge.tsx";
import { Spinner } from "../ui/empty.tsx";
import type { IconName } from "../ui/icon.tsx";
import { Icon } from "../ui/icon.tsx";
import { Author } from "./author.tsx";
import type { Line, Shown } from "./lines.ts";
import { byDay, linesOf, narrowed } from "./lines.ts";
import type { Changes } from "./use-changes.ts";
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
  readonly changes: Changes;
  readonly shown: Shown;
  /** Stands before the lines of a change: which item it is about. */
  readonly about?: (change: ChangeDto) => ReactNode;
  /** Stands behind them: what can be done about it. */
  readonly action?: (change: ChangeDto) => ReactNode;
}

export function ChangeList({ changes, shown, about, action }: ChangeListProps) {
  const { loaded, isLoading, error, more } = changes;
  if (loaded === null) return error === null ? <Spinner /> : <p role="alert">{error.message}</p>;
  const entries = loaded.changes.flatMap((change) => {
    const lines = narrowed(linesOf(change), shown);
    return lines.length === 0 ? [] : [{ change, lines, time: change.time }];
  });
  return (
    <div className="changes">
      {byDay(entries, dayOf).map(({ day, entries: ofDay }) => (
        <section key={`${day} ${ofDay[0]?.change.op ?? ""}`}>
          <h4 className="changes-day">{day}</h4>
          <ol>
            {ofDay.map(({ change, lines }) => (
              <li key={change.op} className="change">
                <div className="change-what">
                  {about?.(change)}
                  {lines.map((line, at) => (
                    <ChangeLine key={at} line={line} />
                  ))}
                  <span title={`op ${change.op}`}>
                    <Author by={change} node={change.node} />
                  </span>
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

function ChangeLine({ line }: { readonly line: Line }) {
  const mark = Object.hasOwn(marks, line.kind) ? marks[line.kind] : undefined;
  return (
    <p className="change-line">
      <Icon name={mark ?? "help"} />
      <span dir="auto">{line.text}</span>
      {line.epoch !== null && <Badge title="The fencing token">{`epoch ${line.epoch}`}</Badge>}
    </p>
  );
}

function dayOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "At an impossible time" : dayFormat.format(date);
}
