/** One item with its notes and blame, fetched again whenever a change of it is heard of. */
import { useEffect, useState } from "react";
import type { WholeItemDto } from "../client/contract.ts";
import { ApiError, noAnswer } from "../client/errors.ts";
import { useItem } from "./hooks.ts";
import { useTowline } from "./provider.ts";

export interface WholeItemState {
  /** The last one that was fetched, of this id; null before. */
  readonly item: WholeItemDto | null;
  /** Goes with a write that must not cover what came since. */
  readonly etag: string | null;
  /** Why the last fetch did not work; null when it did. */
  readonly problem: ApiError | null;
}

interface Fetched extends WholeItemState {
  readonly id: string;
}

const nothing: WholeItemState = { item: null, etag: null, problem: null };

/** `useItem` says what the board shows of it, at once; this one asks the node for everything. */
export function useWholeItem(id: string): WholeItemState {
  const { client } = useTowline();
  const live = useItem(id);
  const [fetched, setFetched] = useState<Fetched | null>(null);
  const isPending = live?.isPending === true;
  useEffect(() => {
    if (isPending) return;
    const stop = new AbortController();
    client.item(id, stop.signal).then(
      ({ value, etag }) => {
        if (!stop.signal.aborted) setFetched({ id, item: value, etag, problem: null });
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const problem = error instanceof ApiError ? error : noAnswer(error, false);
        setFetched((before) => ({ ...(before?.id === id ? before : nothing), id, problem }));
      },
    );
    return () => stop.abort();
  }, [client, id, live, isPending]);
  return fetched?.id === id ? fetched : nothing;
}
