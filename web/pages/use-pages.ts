/** Changes page by page; when `version` changes, what is new is put on top. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { ChangePageDto } from "../../src/client/contract.ts";
import type { Loaded } from "./pages.ts";
import { withNewest, withOlder } from "./pages.ts";

export type LoadPage = (cursor: string | undefined, signal: AbortSignal) => Promise<ChangePageDto>;

export interface Changes {
  /** Null until the first page has come. */
  readonly loaded: Loaded | null;
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly more: () => void;
}

/** `load` has to stay the same function while it means the same changes. */
export function useChanges(load: LoadPage, version: string): Changes {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isLoading, setLoading] = useState(true);
  const current = useRef({ load, stop: new AbortController() });
  const ask = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => {
      setLoading(true);
      load(cursor, signal)
        .then((page) => {
          if (signal.aborted) return;
          setError(null);
          setLoaded((known) => {
            if (known === null) return page;
            return cursor === undefined ? withNewest(known, page) : withOlder(known, page);
          });
        })
        .catch((cause: unknown) => {
          if (!signal.aborted) setError(cause as Error);
        })
        .finally(() => {
          if (!signal.aborted) setLoading(false);
        });
    },
    [load],
  );
  useEffect(() => {
    const stop = new AbortController();
    if (current.current.load !== load) setLoaded(null);
    current.current = { load, stop };
    ask(undefined, stop.signal);
    return () => stop.abort();
  }, [ask, load, version]);
  const more = (): void => {
    const next = loaded?.next ?? null;
    if (next !== null && !isLoading) ask(next, current.current.stop.signal);
  };
  return { loaded, isLoading, error, more };
}
