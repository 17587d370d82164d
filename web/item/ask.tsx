/** The dialog before an action that needs a reason or a confirmation. */
import { useId, useState } from "react";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import type { Question } from "./use-item-actions.ts";
import "./ask.css";

interface Words {
  readonly title: string;
  readonly text: string;
  readonly verb: string;
}

const words: Readonly<Record<"fail" | "steal" | "block" | "remove", Words>> = {
  fail: { title: "It failed", text: "This uses up a try.", verb: "Fail" },
  steal: {
    title: "Take it from its holder",
    text: "Whatever the holder still does about it has no effect from then on.",
    verb: "Steal",
  },
  block: { title: "Block it", text: "Nobody is given a blocked item to work on.", verb: "Block" },
  remove: {
    title: "Delete this item?",
    text: "It goes on every node, and its id is never used again. Its history stays.",
    verb: "Delete",
  },
};

function wordsOf(question: Question): Words {
  if (question.kind === "anyway") return { ...question, text: question.why };
  const { id, label } = question.action;
  return id in words ? words[id as keyof typeof words] : { title: label, text: "", verb: label };
}

export interface AskProps {
  readonly question: Question;
  readonly onGo: (reason: string) => void;
  readonly onClose: () => void;
}

export function Ask({ question, onGo, onClose }: AskProps) {
  const [reason, setReason] = useState("");
  const formId = useId();
  const { title, text, verb } = wordsOf(question);
  const { asks } = question.kind === "action" ? question.action : question;
  const isMissing = asks === "reason" && reason.trim() === "";
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            look={asks === "confirmation" ? "danger" : "primary"}
            disabled={isMissing}
          >
            {verb}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isMissing) onGo(reason.trim());
        }}
      >
        <p>{text}</p>
        {asks !== "confirmation" && (
          <label className="ask-reason">
            {asks === "reason" ? "Why?" : "Why, if you want to say"}
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
