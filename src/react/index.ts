/** What `towline/react` gives to React programs; docs/REACT.md shows it in use. */
export type { Writes } from "./hooks.ts";
export { useItem, useItems, usePeers, useSyncStatus, useWrites } from "./hooks.ts";
export type { Towline, TowlineProviderProps } from "./provider.ts";
export { TowlineProvider, useTowline } from "./provider.ts";
export type { WholeItemState } from "./whole-item.ts";
export { useWholeItem } from "./whole-item.ts";
