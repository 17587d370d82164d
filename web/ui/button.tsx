/** Buttons, with a text or with an icon alone, which then has a name for screen readers. */
import type { ComponentPropsWithRef } from "react";
import type { IconName } from "./icon.tsx";
import { Icon } from "./icon.tsx";
import "./button.css";

export interface ButtonProps extends ComponentPropsWithRef<"button"> {
  /** `plain` is for most; one `primary` in a dialog or form; `danger` for what loses something. */
  readonly look?: "plain" | "primary" | "danger" | "quiet";
  readonly icon?: IconName;
}

export function Button({ look = "plain", icon, children, className = "", ...rest }: ButtonProps) {
  return (
    <button type="button" className={`button button-${look} ${className}`} {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentPropsWithRef<"button">, "children"> {
  readonly icon: IconName;
  /** What it does, for screen readers and as the tooltip. */
  readonly label: string;
  readonly isSmall?: boolean;
}

export function IconButton({
  icon,
  label,
  isSmall = false,
  className = "",
  ...rest
}: IconButtonProps) {
  const size = isSmall ? "icon-button-small" : "";
  return (
    <button
      type="button"
      className={`icon-button ${size} ${className}`}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}
