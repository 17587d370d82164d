/** What the panel of an item shows, from its title to its history. */
import type { ReactNode } from "react";
import { useId } from "react";
import type { StatusDto, WholeItemDto } from "../../src/client/contract.ts";
import { useSyncStatus } from "../../src/react/index.ts";
import { useCanEdit, useSession } from "../shell/session.tsx";
import { actionsFor } from "./actions.ts";
import { Ask } from "./ask.tsx";
import { Claim } from "./claim.tsx";
import { Conflict } from "./conflict.tsx";
import { ItemFields, ItemTexts } from "./item-fields.tsx";
import { ItemHead } from "./item-head.tsx";
import { ItemHistory } from "./item-history.tsx";
import { Notes } from "./notes.tsx";
import { Output } from "./output.tsx";
import { useItemActions } from "./use-item-actions.ts";
import "./item-body.css";

export interface ItemBodyProps {
  readonly item: WholeItemDto;
  readonly etag: string | null;
  readonly onClose: () => void;
}

export function ItemBody({ item, etag, onClose }: ItemBodyProps) {
  const canEdit = useCanEdit();
  const { session } = useSession();
  const { status } = useSyncStatus();
  const { save, ...actions } = useItemActions({ item, etag, onGone: onClose });
  const { isBusy, question } = actions;
  const offered = canEdit ? actionsFor(item, session.node) : [];
  const nameOf = (node: string): string | null => nodeName(status, node) ?? nameInBlame(item, node);
  return (
    <div className="item-body">
      <ItemHead
        item={item}
        canEdit={canEdit}
        isBusy={isBusy}
        actions={offered.filter(({ isMain }) => !isMain)}
        nameOf={nameOf}
        onMove={actions.move}
        onAction={actions.choose}
      />
      {item.conflict.length > 0 && (
        <Conflict
          sides={item.conflict}
          canEdit={canEdit}
          isBusy={isBusy}
          nameOf={nameOf}
          onSettle={actions.move}
        />
      )}
      <ItemTexts item={item} canEdit={canEdit} save={save} />
      <Claim
        claim={item.claim}
        nameOf={nameOf}
        actions={offered.filter(({ isMain }) => isMain)}
        isBusy={isBusy}
        onAction={actions.choose}
      />
      <ItemFields item={item} canEdit={canEdit} save={save} />
      <Section title="Notes" count={item.notes.length}>
        <Notes notes={item.notes} canEdit={canEdit} nameOf={nameOf} onAdd={actions.addNote} />
      </Section>
      {item.output !== null && (
        <Section title="Output">
          <Output text={item.output} />
        </Section>
      )}
      <Section title="History">
        <ItemHistory
          item={item.item}
          version={etag ?? ""}
          canEdit={canEdit}
          isBusy={isBusy}
          onUndo={actions.undo}
        />
      </Section>
      {question !== null && (
        <Ask question={question} onGo={actions.answer} onClose={actions.dismiss} />
      )}
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly count?: number;
  readonly children: ReactNode;
}

function Section({ title, count, children }: SectionProps) {
  const id = useId();
  return (
    <section className="item-section" aria-labelledby={id}>
      <h3 id={id}>
        {title}
        {count !== undefined && <span className="item-count">{count.toLocaleString()}</span>}
      </h3>
      {children}
    </section>
  );
}

/** What a node calls itself; null when this one does not know it. */
function nodeName(status: StatusDto | null, node: string): string | null {
  if (status === null) return null;
  if (status.node === node) return status.name;
  const others = [...status.peers, ...status.present];
  return others.find((other) => other.node === node && other.name !== null)?.name ?? null;
}

/** Of a node that is away for long, the item itself may tell. */
function nameInBlame({ blame }: WholeItemDto, node: string): string | null {
  return blame.find(({ author }) => author === node)?.node ?? null;
}
