/**
 * Short messages at the lower edge. One with an action stays until somebody deals with it; any
 * other goes by itself. Screen readers hear each of them.
 */
import type { ReactNode } from "react";
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { Button, IconButton } from "./button.tsx";
import { useTop } from "./top.ts";
import "./toast.css";

export interface Toast {
  readonly text: string;
  readonly tone?: "plain" | "bad";
  /** What may be done about it; the message stays until then. */
  readonly actions?: readonly { readonly label: string; readonly onChoose: () => void }[];
}

/** Shows a message and returns what takes it away again. */
export type ShowToast = (toast: Toast) => () => void;

interface Shown extends Toast {
  readonly id: number;
}

/** More than these would cover the page: the oldest one without an action goes first. */
const shownMax = 4;
const shownMs = 6_000;

const ToastContext = createContext<ShowToast | null>(null);

export function useToast(): ShowToast {
  const show = use(ToastContext);
  if (show === null) throw new Error("useToast needs a ToastProvider above it");
  return show;
}

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const next = useRef(0);
  const top = useTop();
  const hide = useCallback(
    (id: number) => setShown((before) => before.filter((toast) => toast.id !== id)),
    [],
  );
  const show = useCallback<ShowToast>(
    (toast) => {
      next.current += 1;
      const id = next.current;
      setShown((before) => trimmed([...before, { ...toast, id }]));
      return () => hide(id);
    },
    [hide],
  );
  const list = useMemo(
    () => shown.map((toast) => <ToastView key={toast.id} toast={toast} onHide={hide} />),
    [shown, hide],
  );
  return (
    <ToastContext value={show}>
      {children}
      {createPortal(
        <div className="toasts" role="region" aria-label="Messages" aria-live="polite">
          {list}
        </div>,
        top,
      )}
    </ToastContext>
  );
}

function trimmed(toasts: readonly Shown[]): readonly Shown[] {
  if (toasts.length <= shownMax) return toasts;
  const victim = toasts.find(({ actions }) => actions === undefined) ?? toasts[0];
  return toasts.filter((toast) => toast !== victim);
}

interface ToastViewProps {
  readonly toast: Shown;
  readonly onHide: (id: number) => void;
}

function ToastView({ toast, onHide }: ToastViewProps) {
  const { id, text, tone = "plain", actions } = toast;
  useEffect(() => {
    if (actions !== undefined) return;
    const timer = setTimeout(() => onHide(id), shownMs);
    return () => clearTimeout(timer);
  }, [id, actions, onHide]);
  return (
    <div className={`toast toast-${tone}`}>
      <p className="toast-text">{text}</p>
      {actions?.map(({ label, onChoose }) => (
        <Button
          key={label}
          onClick={() => {
            onHide(id);
            onChoose();
          }}
        >
          {label}
        </Button>
      ))}
      <IconButton icon="close" label="Dismiss" isSmall onClick={() => onHide(id)} />
    </div>
  );
}
