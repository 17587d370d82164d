/** Says to screen readers what those who see the page can see: one live region for the page. */
import type { ReactNode } from "react";
import { createContext, use, useCallback, useState } from "react";

export type Announce = (text: string) => void;

const AnnounceContext = createContext<Announce | null>(null);

export function useAnnounce(): Announce {
  const announce = use(AnnounceContext);
  if (announce === null) throw new Error("useAnnounce needs an AnnounceProvider above it");
  return announce;
}

export function AnnounceProvider({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState({ text: "", count: 0 });
  const announce = useCallback<Announce>(
    (text) => setSaid(({ count }) => ({ text, count: count + 1 })),
    [],
  );
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="hidden-text" aria-live="assertive" aria-atomic="true" id="announcements">
        {/* The same words twice are two elements, and so are said twice. */}
        <span key={said.count}>{said.text}</span>
      </div>
    </AnnounceContext>
  );
}
