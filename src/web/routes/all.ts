/** All routes of a node, a file for each group. */
import type { AnyRoute } from "../web.ts";
import { eventRoutes } from "./events.ts";
import { itemWriteRoutes } from "./item-writes.ts";
import { itemRoutes } from "./items.ts";
import { mcpRoutes } from "./mcp.ts";
import { nodeRoutes } from "./node.ts";
import { workRoutes } from "./work.ts";
import { healthRoutes } from "./health.ts";
import { metricsRoutes } from "./metrics.ts";
import { historyRoutes } from "./history.ts";
import { openApiRoutes } from "./openapi.ts";
import { transferRoutes } from "./transfer.ts";
import { sessionRoutes } from "./session.ts";

export function allRoutes(): readonly AnyRoute[] {
  return [
    ...sessionRoutes,
    ...itemRoutes,
    ...itemWriteRoutes,
    ...workRoutes,
    ...historyRoutes,
    ...nodeRoutes,
    ...eventRoutes,
    ...mcpRoutes,
    ...transferRoutes,
    ...openApiRoutes,
    ...healthRoutes,
    ...metricsRoutes,
  ];
}
