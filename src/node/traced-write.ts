/** Writes ops in a span of their own: from the call to the moment at which they are durable. */
import type { OpId } from "../op/op.ts";
import type { Runtime } from "./runtime.ts";
import type { Tracing } from "./tracing.ts";
import { traced } from "./tracing.ts";

export async function tracedWrite(
  tracing: Tracing,
  runtime: Runtime,
  input: Parameters<Runtime["write"]>[0],
): Promise<readonly OpId[]> {
  const attributes = { "towline.ops": input.ops.length };
  return await traced(tracing, ["op.write", { attributes }], async (span) => {
    const ids = await runtime.write(input);
    const [first] = ids;
    if (first !== undefined) span.set({ "towline.op": first });
    return ids;
  });
}
