/** An export restored into a folder without a mesh: it becomes a node of the mesh in the file. */
import { createNodeCrypto } from "../../adapters/node-crypto.ts";
import { TowlineError } from "../../base/errors.ts";
import { detectFormat } from "../../import/detect.ts";
import { readSource } from "../../import/reader.ts";
import { Admission } from "../../log/admission.ts";
import { Log } from "../../log/log.ts";
import { fileSource } from "../../log/log.ts";
import { OpCodec } from "../../op/codec.ts";
import type { MeshId, ReceivedOp } from "../../op/op.ts";
import { fromOpJson } from "../../op/op-json.ts";
import { createConfigFile } from "../../node/config-file.ts";
import { resolveConfig } from "../../node/config.ts";
import { ignoreDataFolder } from "../../node/data-folder.ts";
import { adoptMesh } from "../../node/found.ts";
import { createOrOpenFolder, openFolder } from "../../node/identity.ts";
import { meshInFile, opChunks } from "../../commands/import-ops.ts";
import type { Invocation } from "../invocation.ts";
import { connectLocal } from "../local/client.ts";
import { whileInUse } from "../session.ts";

/** Has no effect on a folder that has a mesh, and with a file that is no export. */
export async function adoptFromFile(invocation: Invocation, path: string): Promise<void> {
  const dir = invocation.folder ?? invocation.newFolder;
  if ((await connectLocal(dir)) !== null) return;
  if (await whileInUse(() => Promise.resolve(hasMesh(dir)))) return;
  const source = readSource(path);
  if (source.kind !== "file") return;
  const format = detectFormat(source.bytes);
  if (!format.ok || format.value !== "ops") return;
  const proved = provedMesh(source.bytes);
  if (proved === null) {
    throw new TowlineError(
      "folder/not-initialized",
      `${dir} belongs to no mesh, and the file does not prove one: its founder's op is missing or ` +
        'not signed. Run "towline join" first.',
    );
  }
  const { config } = resolveConfig({ flags: {}, env: invocation.env, dir });
  const folder = createOrOpenFolder(dir);
  try {
    adoptMesh(folder, { mesh: proved, name: config.name, facts: [] });
  } finally {
    folder.close();
  }
  ignoreDataFolder(dir);
  createConfigFile(dir, config.name);
}

function hasMesh(dir: string): boolean {
  try {
    const folder = openFolder(dir);
    folder.close();
    return folder.mesh !== null;
  } catch (error) {
    if (error instanceof TowlineError && error.code === "folder/not-initialized") return false;
    throw error;
  }
}

/**
 * The mesh of the founder's op, once that op is found valid and vouched for by a signature: the
 * mesh id binds the founder's key, and only the founder can sign.
 */
function provedMesh(bytes: Uint8Array): MeshId | null {
  const named = meshInFile(bytes);
  if (named === null) return null;
  const crypto = createNodeCrypto();
  const codec = new OpCodec(named.mesh, crypto);
  const admission = new Admission(new Log(), crypto);
  for (const chunk of opChunks(bytes)) {
    const received: ReceivedOp[] = [];
    for (const { entry } of chunk) {
      const read = entry.ok ? fromOpJson(codec, entry.value) : null;
      if (read?.ok === true) received.push(read.value);
    }
    const { applied } = admission.receive(received, fileSource, 0);
    const isFounded = applied.some(({ verified }) => verified.op.changes[0]?.kind === "mesh");
    if (isFounded) return named.mesh;
  }
  return null;
}
