/** What all routes share, made before the application that serves them is loaded. */
import { AccessFile } from "../node/access-file.ts";
import { isStillIn } from "./auth/guard.ts";
import { Failures } from "./auth/failures.ts";
import { Sessions } from "./auth/sessions.ts";
import { EventHub } from "./events/hub.ts";
import { McpDoor } from "./mcp-door.ts";
import type { Web } from "./web.ts";

export function createWeb(given: Pick<Web, "host" | "logger" | "isDraining">): Web {
  const { host, logger } = given;
  const web: Web = {
    ...given,
    sessions: new Sessions(),
    access: new AccessFile(host.node.dir ?? ""),
    failures: new Failures(),
    events: new EventHub(host.node, {
      logger,
      isStillIn: (principal) => {
        if (principal.session !== null) web.sessions.prolong(principal.session);
        return isStillIn(web, principal);
      },
    }),
    mcp: new McpDoor(host, logger, ({ key, role }) =>
      isStillIn(web, { session: null, tokenId: key, role }),
    ),
  };
  return web;
}
