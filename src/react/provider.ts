/** One client and one LiveItems for everything below it in the tree. */
import type { ReactElement, ReactNode } from "react";
import { createContext, createElement, use, useEffect, useState } from "react";
import type { TowlineClient } from "../client/client.ts";
import { LiveItems } from "../client/live-items.ts";

export interface Towline {
  readonly client: TowlineClient;
  readonly live: LiveItems;
}

export interface TowlineProviderProps {
  readonly client: TowlineClient;
  /** True while the client has no session: nothing is asked, and what is shown stays. */
  readonly isPaused?: boolean;
  readonly children?: ReactNode;
}

const TowlineContext = createContext<Towline | null>(null);

/** Loads and follows for as long as it is mounted. Another client begins anew. */
export function TowlineProvider(props: TowlineProviderProps): ReactElement {
  const { client, isPaused = false, children } = props;
  const [towline, setTowline] = useState(() => ({ client, live: new LiveItems(client) }));
  if (towline.client !== client) setTowline({ client, live: new LiveItems(client) });
  const { live } = towline;
  useEffect(() => (isPaused ? undefined : runWhileSeen(live)), [live, isPaused]);
  useEffect(() => wakeWithPage(live), [live]);
  return createElement(TowlineContext, { value: towline }, children);
}

/** What the hooks stand on: for writes, and for what no hook holds. */
export function useTowline(): Towline {
  const towline = use(TowlineContext);
  if (towline === null) throw new Error("The hooks of towline/react need a TowlineProvider above.");
  return towline;
}

/**
 * A page that nobody has looked at for so long stops following, and goes on from there when it is
 * seen again: browsers open six connections to one node, and each page that follows holds one.
 */
const unseenMs = 60_000;

function runWhileSeen(live: LiveItems): () => void {
  const { document: page } = globalThis as { readonly document?: SeenPage };
  let stop: (() => void) | null = live.start();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (page?.visibilityState === "hidden") {
      timer = setTimeout(() => {
        stop?.();
        stop = null;
      }, unseenMs);
    } else stop ??= live.start();
  };
  page?.addEventListener("visibilitychange", look);
  return () => {
    clearTimeout(timer);
    page?.removeEventListener("visibilitychange", look);
    stop?.();
  };
}

/** The part of a document that this needs. */
interface SeenPage extends EventTarget {
  readonly visibilityState: "visible" | "hidden";
}

/** A laptop that wakes up, or a tab that comes to the front, does not wait for the next try. */
function wakeWithPage(live: LiveItems): () => void {
  const page = globalThis as { readonly window?: EventTarget };
  const wake = (): void => live.wake();
  const events = ["online", "focus", "pageshow"];
  for (const name of events) page.window?.addEventListener(name, wake);
  return () => {
    for (const name of events) page.window?.removeEventListener(name, wake);
  };
}
