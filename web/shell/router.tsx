/**
 * Where the page is: the path and the query of the address bar, as one small store. Links go
 * through it, so that the page is never loaded anew.
 */
import type { ComponentProps, MouseEvent } from "react";
import { useSyncExternalStore } from "react";
import { matchPath } from "./path.ts";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

/** Path and query, such as `/item/fix-login-8fk2?label=ui`. */
export function useAddress(): string {
  return useSyncExternalStore(subscribe, () => location.pathname + location.search);
}

/** The part of the path that `:name` stands for in `pattern`; null when the path is another. */
export function usePathParam(pattern: string): string | null {
  return matchPath(pattern, new URL(useAddress(), location.origin).pathname)?.param ?? null;
}

/** Goes to an address of this page; `isReplacing` leaves no entry to go back to. */
export function navigate(to: string, { isReplacing = false } = {}): void {
  if (to === location.pathname + location.search) return;
  if (isReplacing) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  for (const listener of listeners) listener();
}

/** The query without the path, for links that keep what is filtered. */
export function currentQuery(): string {
  return location.search;
}

export interface LinkProps extends ComponentProps<"a"> {
  readonly href: string;
  /** The query that is there when it is followed stays: what is filtered, for one. */
  readonly keepsQuery?: boolean;
}

/** A link to an address of this page. With a modifier key it opens elsewhere, as any link does. */
export function Link({ href, keepsQuery = false, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (event.defaultPrevented || !isPlain || event.altKey) return;
    event.preventDefault();
    navigate(keepsQuery ? href + currentQuery() : href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
