/**
 * The panel of an item: beside the board on a wide window, over it on a small one. Its address is
 * that of the item, so that it can be shared and reached with the browser's buttons.
 */
import type { ReactNode, RefObject } from "react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useWholeItem } from "../../src/react/index.ts";
import { IconButton } from "../ui/button.tsx";
import { Sheet } from "../ui/dialog.tsx";
import { EmptyState, Spinner } from "../ui/empty.tsx";
import { useToast } from "../ui/toast.tsx";
import { currentQuery, navigate, usePathParam } from "../shell/router.tsx";
import type { ApiError } from "../../src/client/errors.ts";
import { itemAt } from "./address.ts";
import { ItemBody } from "./item-body.tsx";
import "./item-panel.css";

export function ItemPanel() {
  const segment = usePathParam("/item/:id");
  if (segment === null) return null;
  const item = itemAt(segment);
  return <OpenPanel key={item} item={item} />;
}

function OpenPanel({ item }: { readonly item: string }) {
  const { item: whole, etag, problem } = useWholeItem(item);
  const close = (): void => navigate(`/${currentQuery()}`);
  return (
    <Around item={item} onClose={close}>
      {whole === null && problem === null && <Spinner />}
      {problem !== null && (isGone(problem) || whole === null) && (
        <EmptyState icon="search" title={isGone(problem) ? "It is not here" : "It did not load"}>
          <p>{problem.message}</p>
        </EmptyState>
      )}
      {whole !== null && !isGone(problem) && <ItemBody item={whole} etag={etag} onClose={close} />}
    </Around>
  );
}

/** Deleted, or never heard of; what was shown before is not shown on. */
function isGone(problem: ApiError | null): boolean {
  return problem?.status === 404 || problem?.status === 410 || problem?.code === "item/deleted";
}

const wide = "(width >= 1000px)";

function useIsWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(wide);
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => matchMedia(wide).matches,
  );
}

interface AroundProps {
  readonly item: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Around({ item, onClose, children }: AroundProps) {
  const isWide = useIsWide();
  const heading = (
    <>
      <span className="hidden-text">Item </span>
      <code className="item-id">{item}</code>
    </>
  );
  if (!isWide) {
    return (
      <Sheet title={heading} actions={<CopyLink />} onClose={onClose} isWhole>
        {children}
      </Sheet>
    );
  }
  return (
    <Aside onClose={onClose}>
      <header className="dialog-head">
        <h2 className="dialog-title" id="item-panel-title">
          {heading}
        </h2>
        <CopyLink />
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div className="dialog-body">{children}</div>
    </Aside>
  );
}

/** Not modal: the board beside it can be used, and a click on another card shows that one. */
function Aside({ onClose, children }: Omit<AroundProps, "item">) {
  const element = useRef<HTMLElement>(null);
  useCloseByKey(element, onClose);
  useEffect(() => {
    const opener = document.activeElement;
    const panel = element.current;
    panel?.focus();
    return () => {
      const hadFocus = panel?.contains(document.activeElement) === true;
      const isGone = document.activeElement === document.body;
      if (!hadFocus && !isGone) return;
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <aside ref={element} className="item-aside" tabIndex={-1} aria-labelledby="item-panel-title">
      {children}
    </aside>
  );
}

/** Escape closes the panel when the focus is in it, or nowhere. */
function useCloseByKey(panel: RefObject<HTMLElement | null>, onClose: () => void): void {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (document.querySelector("dialog[open], [popover]:popover-open") !== null) return;
      const { target } = event;
      const isHere = target === document.body || panel.current?.contains(target as Node) === true;
      if (isHere) close.current();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [panel]);
}

function CopyLink() {
  const toast = useToast();
  const copy = (): void => {
    // Absent where the page is not from loopback and comes without TLS.
    const { clipboard } = navigator as Partial<Navigator>;
    const done = clipboard?.writeText(location.href) ?? Promise.reject(new Error("no clipboard"));
    done.then(
      () => toast({ text: "Link copied" }),
      () => toast({ text: `Copy it from the address bar: ${location.href}`, tone: "bad" }),
    );
  };
  return <IconButton icon="link" label="Copy link" onClick={copy} />;
}
