/** On a phone the columns stand one to a screen: which one is in sight, and how to get to one. */
import type { RefObject } from "react";
import { useCallback, useEffect, useState } from "react";
import type { StageName } from "../../src/client/item.ts";

export interface Sight {
  readonly inSight: StageName;
  readonly show: (stage: StageName) => void;
}

export function useSight(
  scroller: RefObject<HTMLElement | null>,
  shown: readonly StageName[],
): Sight {
  const [at, setAt] = useState(0);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = (): void => {
      setAt(Math.round(element.scrollLeft / Math.max(1, element.clientWidth)));
    };
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [scroller]);
  const show = useCallback(
    (stage: StageName) => {
      const element = scroller.current;
      element?.scrollTo({ left: shown.indexOf(stage) * element.clientWidth });
    },
    [scroller, shown],
  );
  return { inSight: shown[Math.min(at, shown.length - 1)] ?? "backlog", show };
}
