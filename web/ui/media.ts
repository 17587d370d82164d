/** Whether a media query holds, for what CSS alone cannot decide. */
import { useCallback, useSyncExternalStore } from "react";

/** The width below which one column is shown at a time; the style sheets have the same. */
export const phone = "(width < 640px)";

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
