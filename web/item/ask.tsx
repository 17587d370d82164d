/** The dialog before an action that needs a reason or a confirmation. */
import { useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import type { Action, ActionId } from "./actions.ts";

const questions: Partial<
  Readonly<Record<ActionId, { title: string; text: string; verb: string }>>
> = {
  fail: { title: "It failed", text: "This uses up a try.", verb: "Fail" },
  steal: {
    title: "Take it from its holder",
    text: "Whatever the holder still does about it has no effect from then on.",
    verb: "Steal",
  },
  block: { title: "Block", text: "Nobody takes a blocked item.", verb: "Block" },
  remove: {
    title: "Delete this item",
    text: "It goes on every node, and its id is never used again. Its history stays.",
    verb: "Delete",
  },
};

export interface AskProps {
  readonly action: Action;
  readonly onGo: (reason: string) => void;
  readonly onClose: () => void;
}

export function Ask({ action, onGo, onClose }: AskProps) {
  const [reason, setReason] = useState("");
  const formId = useId();
  const question = questions[action.id];
  const needsReason = action.asks === "reason";
  const isSure = action.asks === "confirmation";
  return (
    <Dialog
      title={question?.title ?? action.label}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            look={isSure ? "danger" : "primary"}
            disabled={needsReason && reason.trim() === ""}
          >
            {question?.verb ?? action.label}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          if (!needsReason || reason.trim() !== "") onGo(reason.trim());
        }}
      >
        <p>{question?.text}</p>
        {!isSure && (
          <label className="ask-reason">
            {needsReason ? "Why?" : "Why, if you want to say"}
            <input
              className="field-input"
              // The dialog was opened to ask this.
              autoFocus
              value={reason}
              dir="auto"
              onChange={(event) => setReason(event.target.value)}
            />
          </label>
        )}
      </form>
    </Dialog>
  );
}
