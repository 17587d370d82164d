/** Prints what makes a shell complete commands and options. */
import type { Command } from "commander";
import { bashCompletions } from "../completions/bash.ts";
import { fishCompletions } from "../completions/fish.ts";
import type { ProgramShape } from "../completions/shape.ts";
import { shapeOf } from "../completions/shape.ts";
import { zshCompletions } from "../completions/zsh.ts";

/** The shells for which there are completions. */
export const shells: Readonly<Record<string, (shape: ProgramShape) => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

export function completions(program: Command, shell: string): void {
  const write = shells[shell];
  if (write !== undefined) process.stdout.write(write(shapeOf(program)));
}
