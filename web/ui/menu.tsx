/**
 * A menu that opens at a button or at any other element. It lies in the top layer (a popover), so
 * that nothing clips it; arrow keys, Home, End and first letters walk over its entries.
 */
import type { KeyboardEvent, ReactNode } from "react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ButtonProps, IconButtonProps } from "./button.tsx";
import { Button, IconButton } from "./button.tsx";
import type { IconName } from "./icon.tsx";
import { Icon } from "./icon.tsx";
import "./menu.css";

export interface MenuEntry {
  readonly label: string;
  readonly onChoose: () => void;
  readonly icon?: IconName;
  /** Stands before the label in place of an icon. */
  readonly mark?: ReactNode;
  /** A word beside the label: a shortcut, or why it is not possible. */
  readonly hint?: string;
  readonly isDisabled?: boolean;
  readonly isChecked?: boolean;
  readonly isDanger?: boolean;
  /** A line stands above it. */
  readonly isNewGroup?: boolean;
}

export interface MenuProps {
  /** What it is a menu of, for screen readers. */
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  readonly anchor: Element;
  readonly onClose: () => void;
}

export function Menu({ label, entries, anchor, onClose }: MenuProps) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = element.current;
    if (menu === null) return;
    const opener = document.activeElement;
    menu.showPopover();
    place(menu, anchor.getBoundingClientRect());
    (enabledIn(menu).find((entry) => entry.ariaChecked === "true") ?? enabledIn(menu)[0])?.focus();
    return () => {
      const hadFocus = menu.contains(document.activeElement);
      if (menu.matches(":popover-open")) menu.hidePopover();
      const heir = opener === document.body ? anchor : opener;
      if (hadFocus && heir instanceof HTMLElement && heir.isConnected) heir.focus();
    };
  }, [anchor]);
  useCloseWithPopover(element, onClose);
  return (
    <div
      ref={element}
      popover="auto"
      role="menu"
      aria-label={label}
      className="menu"
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Tab") onClose();
        walk(event);
      }}
    >
      {entries.map((entry) => (
        <Entry key={entry.label} entry={entry} onClose={onClose} />
      ))}
    </div>
  );
}

/** The browser closes a popover on Escape and on a click elsewhere; the owner must hear of it. */
function useCloseWithPopover(
  element: React.RefObject<HTMLDivElement | null>,
  onClose: () => void,
): void {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    const menu = element.current;
    const onToggle = (event: ToggleEvent): void => {
      if (event.newState === "closed") close.current();
    };
    menu?.addEventListener("toggle", onToggle);
    return () => menu?.removeEventListener("toggle", onToggle);
  }, [element]);
}

function Entry({ entry, onClose }: { readonly entry: MenuEntry; readonly onClose: () => void }) {
  const { label, icon, mark, hint, isDisabled = false, isChecked, isDanger = false } = entry;
  const looks = [isDanger && "menu-entry-danger", entry.isNewGroup === true && "menu-group"];
  return (
    <button
      type="button"
      role={isChecked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={isChecked}
      aria-disabled={isDisabled}
      tabIndex={-1}
      className={["menu-entry", ...looks].filter(Boolean).join(" ")}
      onClick={() => {
        if (isDisabled) return;
        onClose();
        entry.onChoose();
      }}
    >
      {icon === undefined ? mark : <Icon name={icon} />}
      <span className="menu-label">{label}</span>
      {hint !== undefined && <span className="menu-hint">{hint}</span>}
      {isChecked === true && <Icon name="check" />}
    </button>
  );
}

function enabledIn(menu: Element): readonly HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>(".menu-entry:not([aria-disabled='true'])")];
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  const entries = enabledIn(event.currentTarget);
  const at = entries.findIndex((entry) => entry === document.activeElement);
  const target = targetOf(event.key, at, entries);
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}

function targetOf(
  key: string,
  at: number,
  entries: readonly HTMLElement[],
): HTMLElement | undefined {
  if (key === "ArrowDown") return entries[(at + 1) % entries.length];
  if (key === "ArrowUp") return entries.at(at - 1);
  if (key === "Home") return entries[0];
  if (key === "End") return entries.at(-1);
  if (key.length !== 1 || key === " ") return undefined;
  const after = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
  return after.find((entry) =>
    entry.textContent.trim().toLowerCase().startsWith(key.toLowerCase()),
  );
}

/** Below the anchor and inside the window; above it when there is more room. */
function place(menu: HTMLElement, anchor: DOMRect): void {
  const gap = 4;
  const edge = 8;
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = anchor.bottom + gap;
  const fitsBelow = below + height + edge <= window.innerHeight;
  const top = fitsBelow ? below : Math.max(edge, anchor.top - gap - height);
  const isRight = anchor.left + width + edge > window.innerWidth;
  const left = isRight ? Math.max(edge, anchor.right - width) : anchor.left;
  menu.style.top = `${Math.round(top)}px`;
  menu.style.left = `${Math.round(left)}px`;
}

interface MenuOfButton {
  /** A function is called when the menu opens. */
  readonly entries: readonly MenuEntry[] | (() => readonly MenuEntry[]);
}

function listed(entries: MenuOfButton["entries"]): readonly MenuEntry[] {
  return typeof entries === "function" ? entries() : entries;
}

/** A button that opens a menu. */
export function MenuButton({ entries, children, ...rest }: ButtonProps & MenuOfButton) {
  const [anchor, setAnchor] = useState<Element | null>(null);
  const label = rest["aria-label"] ?? (typeof children === "string" ? children : "Menu");
  return (
    <>
      <Button
        {...rest}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {children}
      </Button>
      {anchor !== null && (
        <Menu
          label={label}
          entries={listed(entries)}
          anchor={anchor}
          onClose={() => setAnchor(null)}
        />
      )}
    </>
  );
}

export function MenuIconButton({ entries, ...rest }: IconButtonProps & MenuOfButton) {
  const [anchor, setAnchor] = useState<Element | null>(null);
  return (
    <>
      <IconButton
        {...rest}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
      />
      {anchor !== null && (
        <Menu
          label={rest.label}
          entries={listed(entries)}
          anchor={anchor}
          onClose={() => setAnchor(null)}
        />
      )}
    </>
  );
}
