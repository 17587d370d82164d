/** What the panel of an item shows, from its title to its history. */
import type { ReactNode } from "react";
import { useId } from "react";
import type { WholeItemDto } from "../../src/client/contract.ts";
import { useItem } from "../../src/react/index.ts";
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
import { useOutput } from "./use-output.ts";
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
  const live = useItem(item.item);
  const output = useOutput(item);
  const { save, ...actions } = useItemActions({ item, onGone: onClose });
  const { isBusy, question } = actions;
  const offered = canEdit ? actionsFor(item, session.node) : [];
  return (
    <div className="item-body">
      <ItemHead
        item={item}
        canEdit={canEdit}
        isBusy={isBusy}
        actions={offered.filter(({ isMain }) => !isMain)}
        onMove={actions.move}
        onAction={actions.choose}
      />
      {item.conflict.length > 0 && (
        <Conflict sides={item.conflict} canEdit={canEdit} isBusy={isBusy} onSettle={actions.move} />
      )}
      <ItemTexts item={item} etag={etag} canEdit={canEdit} save={save} />
      <Claim
        claim={live?.claim ?? item.claim}
        toldAt={live?.toldAt ?? 0}
        actions={offered.filter(({ isMain }) => isMain)}
        isBusy={isBusy}
        onAction={actions.choose}
      />
      <ItemFields item={item} etag={etag} canEdit={canEdit} save={save} />
      <Section title="Notes" count={item.noteCount}>
        <Notes item={item} version={etag ?? ""} canEdit={canEdit} onAdd={actions.addNote} />
      </Section>
      {output !== null && (
        <Section title="Output">
          <Output text={output} />
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
