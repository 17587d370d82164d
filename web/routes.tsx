/**
 * What the page shows at which address. Each page is loaded when it is first shown. An entry with a
 * `Panel` shows that over its page.
 */
import type { ComponentType } from "react";
import { lazy } from "react";
import type { IconName } from "./ui/icon.tsx";

export interface Route {
  /** As in shell/path.ts. */
  readonly path: string;
  readonly Page: ComponentType;
  readonly Panel?: ComponentType;
  /** Its entry in the navigation; a route without one is reached by links. */
  readonly nav?: { readonly label: string; readonly icon: IconName };
}

const Board = lazy(async () => ({ default: (await import("./board/board.tsx")).Board }));
const ItemPanel = lazy(async () => ({
  default: (await import("./item/item-panel.tsx")).ItemPanel,
}));
const Mesh = lazy(async () => ({ default: (await import("./mesh/mesh-page.tsx")).MeshPage }));
const History = lazy(async () => ({
  default: (await import("./history/history-page.tsx")).HistoryPage,
}));

export const routes: readonly Route[] = [
  { path: "/", Page: Board, nav: { label: "Board", icon: "board" } },
  { path: "/item/:id", Page: Board, Panel: ItemPanel },
  { path: "/mesh", Page: Mesh, nav: { label: "Mesh", icon: "mesh" } },
  { path: "/history", Page: History, nav: { label: "History", icon: "history" } },
];
