/** What a tool is: a name and schemas for models, and what it does on the node. */
import type { ListToolsResult } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { Caller } from "./caller.ts";
import type { HeldClaims } from "./held-claims.ts";

/** What a tool works with during one call. */
export interface ToolContext {
  /** Runs a command; ends when the client withdraws the call or the session ends. */
  readonly call: Caller["call"];
  /** Who acts in the ops that are written. */
  readonly actor: string;
  readonly claims: HeldClaims;
  readonly signal: AbortSignal;
}

export interface ToolAnswer<Result> {
  readonly result: Result;
  /** The same for people, and for clients that hand only text to the model. */
  readonly text: string;
}

export interface Tool<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** For the model: what it does, when to use it, what to do next. */
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  /** Reads only: for viewers as well. */
  readonly isReading: boolean;
  /** Replaces something that was there. */
  readonly isDestructive: boolean;
  /** Once more with the same arguments changes nothing. */
  readonly isIdempotent: boolean;
  run(context: ToolContext, args: z.output<Input>): Promise<ToolAnswer<z.output<Output>>>;
}

/** A tool whose arguments only its own schema knows: `args` has to be what that made of them. */
export interface AnyTool extends Omit<Tool<z.ZodObject, z.ZodObject>, "run"> {
  /** As clients are told of it. */
  readonly listed: ListedTool;
  run(context: ToolContext, args: unknown): Promise<ToolAnswer<Record<string, unknown>>>;
}

export type ListedTool = ListToolsResult["tools"][number];

export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>,
): AnyTool {
  return { ...tool, listed: listedOf(tool) };
}

/** How a tool behaves that only reads. */
export const reading = { isReading: true, isDestructive: false, isIdempotent: true } as const;
/** How a tool behaves that adds and replaces nothing. */
export const adding = { isReading: false, isDestructive: false, isIdempotent: false } as const;
/** How a tool behaves that replaces what is there. */
export const replacing = { isReading: false, isDestructive: true, isIdempotent: true } as const;

/** Sentences for the agent about claims that it must not work on any more. */
const alerts = z.array(z.string()).optional();

function listedOf(tool: Omit<Tool<z.ZodObject, z.ZodObject>, "run">): ListedTool {
  const { name, title, description, isReading, isDestructive, isIdempotent } = tool;
  return {
    name,
    title,
    description,
    inputSchema: schemaOf(tool.input, "input"),
    outputSchema: schemaOf(tool.output.extend({ alerts }), "output"),
    annotations: {
      title,
      readOnlyHint: isReading,
      destructiveHint: isDestructive,
      idempotentHint: isIdempotent,
      // Nothing beyond the pipeline is touched.
      openWorldHint: false,
    },
  };
}

/** Draft 7, which the clients of today understand. */
function schemaOf(schema: z.ZodObject, io: "input" | "output"): ListedTool["inputSchema"] {
  return z.toJSONSchema(schema, { target: "draft-7", io }) as ListedTool["inputSchema"];
}
