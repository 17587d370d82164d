/** Nodes that serve the board, in this process: with a mesh of their own, or of another one. */
import { foundMesh, joinMesh, openNode } from "../../../src/api/index.ts";
import type { NodeSettings, TowlineNode } from "../../../src/api/index.ts";
import type { WebPort } from "../../../src/commands/command.ts";
import { AccessFile } from "../../../src/node/access-file.ts";
import type { AccessRole } from "../../../src/node/access-file.ts";
import { resolveConfig } from "../../../src/node/config.ts";
import { silentLogger } from "../../../src/node/logger.ts";
import { WebServer } from "../../../src/web/server.ts";
import type { Cleanup } from "../../support/nodes.ts";
import { tempDir } from "../../support/nodes.ts";

export interface BoardNode {
  readonly node: TowlineNode;
  /** `http://127.0.0.1:4711` */
  readonly origin: string;
  /** The address that lets one browser in, as `actor`. */
  readonly signInUrl: (actor: string) => string;
  /** A token for those who have no code. */
  readonly token: (role: AccessRole) => string;
}

/** A node that founded a mesh. */
export async function foundBoard(t: Cleanup, name = "hub"): Promise<BoardNode> {
  const dir = tempDir(t);
  foundMesh({ dir, name });
  return await serve(t, dir, { name });
}

/** A node of the mesh of `host` that dials `url`, by default the host itself. */
export async function joinBoard(
  t: Cleanup,
  host: BoardNode,
  {
    name = "laptop",
    url = host.node.url,
  }: { readonly name?: string; readonly url?: string | null },
): Promise<BoardNode> {
  const dir = tempDir(t);
  const invite = await host.node.invite();
  await joinMesh({ dir, name, url: invite.url, token: invite.token, key: host.node.id });
  const joined = await serve(t, dir, { name, open: true });
  joined.node.addRendezvous(url ?? invite.url, { key: host.node.id });
  return joined;
}

async function serve(t: Cleanup, dir: string, settings: Partial<NodeSettings>): Promise<BoardNode> {
  const server = new WebServer(silentLogger);
  const listen = { host: "127.0.0.1", port: 0 };
  const node = await openNode({ dir, listen, settings, httpHandler: server.handler });
  t.after(() => node.close());
  const { config } = resolveConfig({ flags: { port: "0" }, env: {}, dir });
  const port: WebPort = server.serve({ node, config });
  t.after(() => server.close());
  const access = new AccessFile(dir);
  return {
    node,
    origin: node.http ?? "",
    signInUrl: (actor) => port.sessionUrl(actor),
    token: (role) => access.add(role, role).token,
  };
}
