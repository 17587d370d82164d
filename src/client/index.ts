/** What `towline/client` gives to programs: for browsers, Node 22 and whatever else has `fetch`. */
export type * from "./contract.ts";
export type {
  ClientOptions,
  ItemsQuery,
  PageQuery,
  SignIn,
  WorkAction,
  WriteOptions,
} from "./client.ts";
export { TowlineClient } from "./client.ts";
export type { ClientCode } from "./errors.ts";
export { ApiError } from "./errors.ts";
export type { ItemFilter } from "./filter.ts";
export type { FollowOptions, Follower, NodeEvent } from "./follow.ts";
export { follow } from "./follow.ts";
export type { Answer } from "./http.ts";
export type { ShownItem, StageName } from "./item.ts";
export { dependenciesOf, holderOf, isSet, labelsOf, priorityOf } from "./item.ts";
export { stageOf, stages, titleOf } from "./item.ts";
export type { Schedule } from "./item-table.ts";
export type { ItemView } from "./item-view.ts";
export type { SyncState } from "./live-items.ts";
export { LiveItems } from "./live-items.ts";
export type { UnsentWrite, Write } from "./writes.ts";
