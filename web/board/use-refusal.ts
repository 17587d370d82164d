/** Says why a change was not made. What got no answer is kept, and offered elsewhere. */
import { useCallback } from "react";
import { ApiError } from "../../src/client/index.ts";
import type { Toast } from "../ui/toast.tsx";
import { useToast } from "../ui/toast.tsx";

/** `what` was not done because of `error`; `actions` are what may be done about it. */
export type Refusal = (what: string, error: unknown, actions?: Toast["actions"]) => void;

export function useRefusal(): Refusal {
  const toast = useToast();
  return useCallback(
    (what, error, actions) => {
      if (error instanceof ApiError && (error.isTransient || error.isSignedOut)) return;
      const why = error instanceof Error ? error.message : String(error);
      const text = `${what}: ${why}`;
      toast(actions === undefined ? { tone: "bad", text } : { tone: "bad", text, actions });
    },
    [toast],
  );
}
