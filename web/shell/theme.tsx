/** Light, dark, or as the system has it; kept in this browser. public/theme.js applies it first. */
import { useState } from "react";
import type { MenuEntry } from "../ui/menu.tsx";
import { MenuIconButton } from "../ui/menu.tsx";

type Theme = "system" | "light" | "dark";

const key = "towline.theme";
const names = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
] as const;
const icons = { system: "system", light: "sun", dark: "moon" } as const;

export function ThemeMenu() {
  const [theme, setTheme] = useState(currentTheme);
  const entries = names.map(([name, label]): MenuEntry => ({
    label,
    icon: icons[name],
    isChecked: name === theme,
    onChoose: () => {
      applyTheme(name);
      setTheme(name);
    },
  }));
  return <MenuIconButton icon={icons[theme]} label="Theme" entries={entries} />;
}

function currentTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}

function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset["theme"];
  else dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Storage is switched off: it holds until the page is closed.
  }
}
