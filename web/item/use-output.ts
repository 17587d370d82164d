/** What agents of this node print about an item: it comes while none of it changes the item. */
import { useEffect, useState } from "react";
import type { WholeItemDto } from "../../src/client/contract.ts";
import { useTowline } from "../../src/react/index.ts";
import { useSession } from "../shell/session.tsx";

const everyMs = 2_000;

/** The end of the output; null when no agent ran here. */
export function useOutput({ item, claim, output }: WholeItemDto): string | null {
  const { client } = useTowline();
  const { session } = useSession();
  const [latest, setLatest] = useState<string | null>(null);
  const isHere = claim?.holder === session.node;
  const isAtWork = isHere && (claim.state === "tentative" || claim.state === "confirmed");
  useEffect(() => {
    setLatest(null);
    if (!isAtWork) return;
    const stop = new AbortController();
    const timer = setInterval(() => {
      // Nobody reads a tab in the background.
      if (document.hidden) return;
      client.item(item, stop.signal).then(
        ({ value }) => setLatest(value.output),
        // The page says by itself when the node is gone; the next try comes at once.
        () => undefined,
      );
    }, everyMs);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [client, item, isAtWork, output]);
  return latest ?? output;
}
