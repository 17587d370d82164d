/**
 * The topmost modal dialog, else the body. Whatever is outside a modal dialog cannot be clicked or
 * heard, so messages are shown inside it.
 */
import { useSyncExternalStore } from "react";

const open: HTMLDialogElement[] = [];
const listeners = new Set<() => void>();

/** Says that a dialog was opened; the result says that it was closed. */
export function enterTop(dialog: HTMLDialogElement): () => void {
  open.push(dialog);
  tell();
  return () => {
    open.splice(open.indexOf(dialog), 1);
    tell();
  };
}

function tell(): void {
  for (const listener of listeners) listener();
}

export function useTop(): HTMLElement {
  return useSyncExternalStore(subscribe, () => open.at(-1) ?? document.body);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
