/** A node of an older version of the protocol, which says nothing of what is on its disk. */
import type { TestContext } from "node:test";
import { createNodeCrypto } from "../../adapters/node-crypto.ts";
import { zstd } from "../../adapters/zstd.ts";
import { systemClock } from "../../node/clock.ts";
import { openFolder } from "../../node/identity.ts";
import { silentLogger } from "../../node/logger.ts";
import { Network } from "../../node/network.ts";
import { noTracing } from "../../node/tracing.ts";
import { Runtime } from "../../node/runtime.ts";

/** Opens the folder of a node that has joined, and dials `url`. */
export function openOld(t: TestContext, dir: string, url: string): Runtime {
  const folder = openFolder(dir);
  const { store, signer, mesh } = folder;
  if (mesh === null) throw new Error("the test folder has joined no mesh");
  const runtime = new Runtime({
    store,
    clock: systemClock,
    logger: silentLogger,
    replica: {
      ...{ mesh, signer, crypto: createNodeCrypto(), compression: zstd, publicUrls: [] },
      trust: { trustedKeys: [], tokens: [], isOpen: false },
      versions: [1, 2],
    },
    onFatal: (error) => {
      throw error;
    },
  });
  const network = new Network({
    ...{ runtime, clock: systemClock, logger: silentLogger, allowedOrigins: [] },
    tracing: noTracing,
    rendezvousErrorThreshold: 10,
  });
  network.add(url, { key: null, token: null });
  t.after(async () => {
    await network.close();
    runtime.close();
    folder.close();
  });
  return runtime;
}
