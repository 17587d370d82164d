/**
 * Dialog (in the middle) and Sheet (from the side; from below on a phone). Both are modal
 * <dialog> elements: the browser keeps the focus inside, closes them on Escape, and gives the
 * focus back to where it was.
 */
import type { MouseEvent, ReactNode } from "react";
import { useEffect, useId, useRef } from "react";
import { IconButton } from "./button.tsx";
import { enterTop } from "./top.ts";
import "./dialog.css";

export interface DialogProps {
  readonly title: ReactNode;
  /** Called on Escape, on the cross and on a click beside it. */
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Stands at the lower edge: the buttons. */
  readonly footer?: ReactNode;
  /** Stands between the title and the cross. */
  readonly actions?: ReactNode;
}

export function Dialog(props: DialogProps) {
  return <Modal {...props} className="dialog" />;
}

export interface SheetProps extends DialogProps {
  /** Covers all of a phone, instead of leaving the upper edge of what is below. */
  readonly isWhole?: boolean;
}

export function Sheet({ isWhole = false, ...props }: SheetProps) {
  return <Modal {...props} className={isWhole ? "sheet sheet-whole" : "sheet"} />;
}

interface ModalProps extends DialogProps {
  readonly className: string;
}

function Modal({ title, onClose, children, footer, actions, className }: ModalProps) {
  const titleId = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    if (dialog === null) return;
    dialog.showModal();
    const leaveTop = enterTop(dialog);
    return () => {
      leaveTop();
      dialog.close();
      // A dialog that leaves the document at once gives nothing back by itself.
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const closeBeside = (event: MouseEvent): void => {
    if (event.target === element.current) onClose();
  };
  return (
    <dialog
      ref={element}
      className={className}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={closeBeside}
    >
      <div className="dialog-inside">
        <header className="dialog-head">
          <h2 id={titleId} className="dialog-title">
            {title}
          </h2>
          {actions}
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        <div className="dialog-body">{children}</div>
        {footer !== undefined && <footer className="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
