/** What stands where there is nothing yet, or not yet: EmptyState and Spinner. */
import type { ReactNode } from "react";
import type { IconName } from "./icon.tsx";
import { Icon } from "./icon.tsx";
import "./empty.css";

export interface EmptyStateProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

export function EmptyState({ icon, title, children }: EmptyStateProps) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** `label` is said to screen readers. */
export function Spinner({ label = "Loading" }: { readonly label?: string }) {
  return (
    <div className="spinner" role="status">
      <span className="spinner-ring" aria-hidden="true" />
      <span className="hidden-text">{label}</span>
    </div>
  );
}
