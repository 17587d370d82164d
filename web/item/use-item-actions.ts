/** Does what the buttons of an item's panel say, and tells when it did not work. */
import { useState } from "react";
import type { TowlineClient } from "../../src/client/client.ts";
import type { WholeItemDto } from "../../src/client/contract.ts";
import { ApiError } from "../../src/client/errors.ts";
import { useSession } from "../shell/session.tsx";
import { useToast } from "../ui/toast.tsx";
import type { Action } from "./actions.ts";
import { fieldsOf } from "./actions.ts";
import type { SaveField } from "./field-row.tsx";
import { saveField } from "./save.ts";

/** What waits for an answer of the person. */
export type Question =
  | { readonly kind: "action"; readonly action: Action }
  /** The rules of the stages refused it, in these words. */
  | { readonly kind: "forced move"; readonly stage: string; readonly why: string }
  /** Somebody has changed again since what would be taken back. */
  | { readonly kind: "forced undo"; readonly op: string; readonly why: string };

export interface ItemActions {
  readonly isBusy: boolean;
  readonly question: Question | null;
  readonly choose: (action: Action) => void;
  readonly answer: (reason: string) => void;
  readonly dismiss: () => void;
  readonly move: (stage: string) => void;
  readonly undo: (op: string) => void;
  readonly save: SaveField;
  /** Resolves to false when it was not written. */
  readonly addNote: (text: string) => Promise<boolean>;
}

export interface ItemContext {
  readonly item: WholeItemDto;
  readonly etag: string | null;
  /** It is deleted. */
  readonly onGone: () => void;
}

export function useItemActions({ item, etag, onGone }: ItemContext): ItemActions {
  const { client } = useSession();
  const { isBusy, run } = useRun();
  const [question, setQuestion] = useState<Question | null>(null);
  const id = item.item;

  const perform = async (action: Action, reason: string): Promise<void> => {
    const isDone = await run(() => performAction({ client, item: id, action, reason }));
    if (isDone && action.id === "remove") onGone();
  };

  /** Does it, or asks when the node refuses it with `code`. */
  const runOrAsk = (
    what: () => Promise<unknown>,
    code: string,
    ask: (why: string) => Question,
  ): void => {
    void run(async () => {
      try {
        await what();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== code) throw error;
        setQuestion(ask(error.message));
      }
    });
  };

  const move = (stage: string): void =>
    runOrAsk(
      () => client.move(id, { stage }),
      "stage/refused",
      (why) => ({ kind: "forced move", stage, why }),
    );

  const undo = (op: string): void =>
    runOrAsk(
      () => client.undo(id, { op }),
      "undo/overridden",
      (why) => ({ kind: "forced undo", op, why }),
    );

  const answer = (reason: string): void => {
    setQuestion(null);
    if (question === null) return;
    if (question.kind === "action") void perform(question.action, reason);
    else if (question.kind === "forced undo") {
      void run(() => client.undo(id, { op: question.op, force: true }));
    } else void run(() => client.move(id, { stage: question.stage, force: true, reason }));
  };

  return {
    isBusy,
    question,
    choose: (action) => {
      if (action.asks === "nothing") void perform(action, "");
      else setQuestion({ kind: "action", action });
    },
    answer,
    dismiss: () => setQuestion(null),
    move,
    undo,
    save: (edit) => saveField(client, { etag, ...edit, item: id }),
    addNote: (text) => run(() => client.note(id, text)),
  };
}

/** Runs things that may fail, says why they did, and whether one is under way. */
function useRun(): {
  readonly isBusy: boolean;
  readonly run: (what: () => Promise<unknown>) => Promise<boolean>;
} {
  const toast = useToast();
  const [busy, setBusy] = useState(0);
  const run = async (what: () => Promise<unknown>): Promise<boolean> => {
    setBusy((count) => count + 1);
    try {
      await what();
      return true;
    } catch (error) {
      toast({ text: (error as Error).message, tone: "bad" });
      return false;
    } finally {
      setBusy((count) => count - 1);
    }
  };
  return { isBusy: busy > 0, run };
}

async function performAction(input: {
  readonly client: TowlineClient;
  readonly item: string;
  readonly action: Action;
  readonly reason: string;
}): Promise<unknown> {
  const { client, item, action, reason } = input;
  switch (action.id) {
    case "remove":
      return await client.remove(item);
    case "block":
    case "unblock":
    case "freeze":
    case "unfreeze":
      return await client.edit(item, { fields: fieldsOf(action.id, reason) });
    default:
      return await client.work(action.id, item, reason === "" ? {} : { reason });
  }
}
