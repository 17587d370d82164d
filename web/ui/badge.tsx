/** Badge: a word or a number on a soft ground. Dot: a small sign of a state, always named too. */
import type { ReactNode } from "react";
import type { IconName } from "./icon.tsx";
import { Icon } from "./icon.tsx";
import "./badge.css";

export type Tone = "plain" | "accent" | "good" | "warn" | "bad" | "note";

export interface BadgeProps {
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

export function Badge({ tone = "plain", icon, title, children }: BadgeProps) {
  return (
    <span className={`badge badge-${tone}`} title={title}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </span>
  );
}

/** `isLive` lets it pulse, unless the system asks for less motion. */
export function Dot({ tone, isLive = false }: { readonly tone: Tone; readonly isLive?: boolean }) {
  return <span className={`dot dot-${tone} ${isLive ? "dot-live" : ""}`} aria-hidden="true" />;
}
