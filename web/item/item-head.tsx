/** The head of an item's panel: its title, its stage, and what one should know at once. */
import type { WholeItemDto } from "../../src/client/contract.ts";
import { stages } from "../../src/client/item.ts";
import { StageMark } from "../board/stage-mark.tsx";
import { stageNames } from "../board/stages.ts";
import { Badge } from "../ui/badge.tsx";
import { Icon } from "../ui/icon.tsx";
import { MenuButton, MenuIconButton } from "../ui/menu.tsx";
import { Author } from "../changes/author.tsx";
import type { Action } from "./actions.ts";
import { isFlagSet, valueText } from "./fields.ts";
import "./item-head.css";

export interface ItemHeadProps {
  readonly item: WholeItemDto;
  readonly canEdit: boolean;
  readonly isBusy: boolean;
  /** Those that are no buttons beside the claim. */
  readonly actions: readonly Action[];
  readonly onMove: (stage: string) => void;
  readonly onAction: (action: Action) => void;
}

export function ItemHead(props: ItemHeadProps) {
  const { item, canEdit, isBusy, actions, onMove, onAction } = props;
  const { fields, created, newer } = item;
  const stage = valueText(fields["stage"] ?? null);
  return (
    <div className="item-head">
      <div className="item-head-row">
        {canEdit ? (
          <StageMenu stage={stage} isBusy={isBusy} onMove={onMove} />
        ) : (
          <StageName stage={stage} />
        )}
        {isFlagSet(fields["blocked"] ?? null) && (
          <Badge tone="bad" icon="blocked">
            blocked
          </Badge>
        )}
        {isFlagSet(fields["frozen"] ?? null) && (
          <Badge tone="accent" icon="frozen">
            frozen
          </Badge>
        )}
        {newer > 0 && (
          <Badge tone="warn" title="Changes that only a newer version of Towline understands">
            {`${newer} newer`}
          </Badge>
        )}
        <span className="item-head-end">
          {canEdit && (
            <MenuIconButton
              icon="more"
              label="More actions"
              entries={actions.map((action) => ({
                label: action.label,
                icon: action.icon,
                isDanger: action.id === "remove",
                isDisabled: isBusy,
                onChoose: () => onAction(action),
              }))}
            />
          )}
        </span>
      </div>
      <p className="item-head-made">
        Created by <Author by={created} />
      </p>
    </div>
  );
}

interface StageMenuProps extends Pick<ItemHeadProps, "isBusy" | "onMove"> {
  readonly stage: string;
}

function StageMenu({ stage, isBusy, onMove }: StageMenuProps) {
  const entries = stages.map((each) => ({
    label: stageNames[each],
    mark: <StageMark stage={each} />,
    isChecked: each === stage,
    onChoose: () => {
      if (each !== stage) onMove(each);
    },
  }));
  return (
    <MenuButton
      disabled={isBusy}
      aria-label={`Stage: ${stage === "" ? "none" : stage}. Move`}
      entries={entries}
    >
      <StageName stage={stage} />
      <Icon name="arrowDown" />
    </MenuButton>
  );
}

function StageName({ stage }: { readonly stage: string }) {
  const known = stages.find((each) => each === stage);
  return (
    <span className="item-head-stage">
      {known !== undefined && <StageMark stage={known} />}
      <bdi>{known === undefined ? stage || "no stage" : stageNames[known]}</bdi>
    </span>
  );
}
