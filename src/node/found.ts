/** How a folder gets its mesh: it founds one, or takes over the one that it was proved. [WIRE 1] */
import { createNodeCrypto, randomBytes32 } from "../adapters/node-crypto.ts";
import { toHex } from "../base/bytes.ts";
import { TowlineError } from "../base/errors.ts";
import { Log, ownSource } from "../log/log.ts";
import { meshIdOf, OpCodec } from "../op/codec.ts";
import type { Signer } from "../op/crypto.ts";
import type { MeshId, NodeId } from "../op/op.ts";
import type { Fact } from "../replica/store.ts";
import { signOp } from "../op/signature.ts";
import { draftOps } from "../replica/own-ops.ts";
import { createOrOpenFolder, meshFact, nameFact, nodeFact } from "./identity.ts";
import type { OpenFolder } from "./identity.ts";

export interface Founded {
  readonly node: NodeId;
  readonly mesh: MeshId;
  readonly dir: string;
}

/** Founds a mesh in `dir`. Throws `folder/exists` when the folder has one. */
export function foundMesh(input: { readonly dir: string; readonly name: string }): Founded {
  const folder = createOrOpenFolder(input.dir);
  try {
    if (folder.mesh !== null) {
      const message = `${input.dir} is a node of mesh ${folder.mesh} already. Use another --dir.`;
      throw new TowlineError("folder/exists", message);
    }
    const mesh = commitFounding(folder, input.name);
    return { node: folder.signer.node, mesh, dir: input.dir };
  } finally {
    folder.close();
  }
}

/** The mesh and the founder's first op become durable together. */
function commitFounding({ signer, store }: OpenFolder, name: string): MeshId {
  const crypto = createNodeCrypto();
  const nonce = toHex(randomBytes32());
  const mesh = meshIdOf(crypto, { founder: signer.node, nonce });
  const log = new Log();
  const drafted = draftOps(
    { log, codec: new OpCodec(mesh, crypto), author: signer.node },
    { actor: "", time: Date.now(), ops: [[["mesh", nonce, name]]] },
  );
  if (!drafted.ok) throw new TowlineError(drafted.error.code, drafted.error.message);
  const ops = drafted.value.map(
    (op) => log.append({ op, sig: signOp(signer, op.id), source: ownSource }).verified,
  );
  store.commit({ ops, facts: factsOf(signer, mesh, name) });
  return mesh;
}

function factsOf({ node }: Signer, mesh: MeshId, name: string): readonly Fact[] {
  return [
    [nodeFact, node],
    [meshFact, mesh],
    [nameFact, name],
  ];
}

/** Makes `mesh`, which a listener or a founder's op proved, that of a folder that has none. */
export function adoptMesh(
  folder: OpenFolder,
  input: { readonly mesh: MeshId; readonly name: string; readonly facts: readonly Fact[] },
): void {
  const { mesh, name, facts } = input;
  folder.store.commit({ ops: [], facts: [...factsOf(folder.signer, mesh, name), ...facts] });
}
