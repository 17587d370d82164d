/** The library: open a node, found a mesh or join one. */
export { openNode } from "./open-node.ts";
export type { OpenOptions } from "./open-node.ts";
export { foundMesh } from "../node/found.ts";
export type { Founded } from "../node/found.ts";
export { joinMesh } from "../node/join.ts";
export type { Joined, JoinRequest } from "../node/join.ts";
export { TowlineError } from "../base/errors.ts";
export type { ErrorCode } from "../base/errors.ts";
export type { Logger } from "../node/logger.ts";
export type { NodeSettings } from "../node/settings.ts";
export type * from "./types.ts";
