/** A list page by page; when `version` changes, what is new is put on top. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { KeyOf, Loaded } from "./pages.ts";
import { withNewest, withOlder } from "./pages.ts";

/** Loads the page at the cursor; without one the first. */
export type LoadPage<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Loaded<T>>;

export interface Pages<T> {
  /** Null until the first page has come. */
  readonly loaded: Loaded<T> | null;
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly more: () => void;
}

export interface PagesOf<T> {
  /** Has to stay the same function while it means the same list. */
  readonly load: LoadPage<T>;
  readonly keyOf: KeyOf<T>;
  readonly version: string;
}

export function usePages<T>({ load, keyOf, version }: PagesOf<T>): Pages<T> {
  const [loaded, setLoaded] = useState<Loaded<T> | null>(null);
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
            return cursor === undefined
              ? withNewest(known, page, keyOf)
              : withOlder(known, page, keyOf);
          });
        })
        .catch((cause: unknown) => {
          if (!signal.aborted) setError(cause as Error);
        })
        .finally(() => {
          if (!signal.aborted) setLoading(false);
        });
    },
    [load, keyOf],
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
