/** Changes that may not have arrived: they are offered again until they are sent or dropped. */
import { useEffect } from "react";
import type { UnsentWrite } from "../../src/client/index.ts";
import { useSyncStatus, useWrites } from "../../src/react/index.ts";
import { Button } from "../ui/button.tsx";
import { useToast } from "../ui/toast.tsx";
import "./unsent.css";

export function Unsent() {
  const { unsent, sending } = useSyncStatus();
  useWarningOnLeaving(unsent.length + sending > 0);
  const { resend, discard } = useSending();
  if (unsent.length === 0) return null;
  return (
    <div className="unsent" role="alert">
      <p className="unsent-text">
        {unsent.length === 1 ? "1 change was" : `${unsent.length} changes were`} not sent:{" "}
        <span>{unsent.map(({ write }) => write.text).join("; ")}</span>
      </p>
      <Button look="primary" icon="retry" onClick={() => resend(unsent)}>
        Send again
      </Button>
      <Button onClick={() => discard(unsent)}>Drop</Button>
    </div>
  );
}

function useSending() {
  const writes = useWrites();
  const toast = useToast();
  const resend = (unsent: readonly UnsentWrite[]): void => {
    for (const each of unsent) {
      writes.resend(each).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        toast({ tone: "bad", text: `${each.write.text}: ${why}` });
      });
    }
  };
  const discard = (unsent: readonly UnsentWrite[]): void => {
    for (const each of unsent) writes.discard(each);
  };
  return { resend, discard };
}

/** The browser asks before it closes a page from which something is still to be sent. */
function useWarningOnLeaving(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isNeeded]);
}
