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
  /** The node refused it, in these words, and takes it when it is forced. */
  | {
      readonly kind: "anyway";
      readonly title: string;
      readonly verb: string;
      readonly why: string;
      readonly asks: Action["asks"];
      readonly go: (reason: string) => Promise<unknown>;
    };

type Anyway = Omit<Extract<Question, { readonly kind: "anyway" }>, "kind" | "why">;

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
  /** It is deleted. */
  readonly onGone: () => void;
}

export function useItemActions({ item, onGone }: ItemContext): ItemActions {
  const { client } = useSession();
  const { isBusy, run } = useRun();
  const [question, setQuestion] = useState<Question | null>(null);
  const id = item.item;

  /** Does it, or asks whether to force it when the node refuses it with `code`. */
  const runOrAsk = async (
    what: () => Promise<unknown>,
    code: string,
    anyway: Anyway,
  ): Promise<boolean> =>
    await run(async () => {
      try {
        await what();
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== code) throw error;
        setQuestion({ kind: "anyway", why: error.message, ...anyway });
      }
    });

  const perform = async (action: Action, reason: string): Promise<void> => {
    const what = (): Promise<unknown> => performAction({ client, item: id, action, reason });
    if (action.id === "claim") {
      await runOrAsk(what, "claim/not-ready", claimAnyway(client, id));
    } else if ((await run(what)) && action.id === "remove") onGone();
  };

  const answer = (reason: string): void => {
    setQuestion(null);
    if (question?.kind === "action") void perform(question.action, reason);
    else if (question !== null) void run(() => question.go(reason));
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
    move: (stage) =>
      void runOrAsk(
        () => client.move(id, { stage }),
        "stage/refused",
        moveAnyway(client, id, stage),
      ),
    undo: (op) =>
      void runOrAsk(() => client.undo(id, { op }), "undo/overridden", undoAnyway(client, id, op)),
    save: (edit) => saveField(client, { ...edit, item: id }),
    addNote: (text) => run(() => client.note(id, text)),
  };
}

function claimAnyway(client: TowlineClient, item: string): Anyway {
  const go = (reason: string): Promise<unknown> =>
    client.work("claim", item, { force: true, reason });
  return { title: "Claim it anyway?", verb: "Claim", asks: "reason", go };
}

function moveAnyway(client: TowlineClient, item: string, stage: string): Anyway {
  const go = (reason: string): Promise<unknown> =>
    client.move(item, { stage, force: true, reason });
  return { title: `Move it to ${stage} anyway?`, verb: "Move", asks: "reason", go };
}

function undoAnyway(client: TowlineClient, item: string, op: string): Anyway {
  const go = (): Promise<unknown> => client.undo(item, { op, force: true });
  return { title: "Undo it all the same?", verb: "Undo", asks: "confirmation", go };
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
