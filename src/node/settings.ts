/** What a node needs to know to run, once flags, environment and file have been weighed up. */
import type { WorkSettings } from "../claims/settings.ts";
import type { NodeId } from "../op/op.ts";

export interface NodeSettings {
  /** Display name, and the default actor of what is written here. */
  readonly name: string;
  /** URLs that the node dials and keeps dialling. */
  readonly rendezvous: readonly string[];
  readonly trustedKeys: readonly NodeId[];
  /** Public keys of static tokens. */
  readonly tokens: readonly NodeId[];
  /** Admits everybody who knows the URL. */
  readonly open: boolean;
  /** URLs under which others reach this node; when set, a connector must have dialled one. */
  readonly publicUrls: readonly string[];
  /** Origins of web pages that may connect. */
  readonly allowedOrigins: readonly string[];
  readonly rendezvousErrorThreshold: number;
  readonly work: WorkSettings;
}
