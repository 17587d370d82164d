/** What a shell has to know to complete a command line: read off the program itself. */
import type { Command } from "commander";
import { stages } from "../../op/change.ts";

export interface OptionShape {
  /** With its dashes. */
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
}

export interface CommandShape {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionShape[];
  /** Words that its arguments may be. */
  readonly words: readonly string[];
}

export interface ProgramShape {
  readonly name: string;
  readonly commands: readonly CommandShape[];
  /** Options of every command. */
  readonly globals: readonly OptionShape[];
}

export function shapeOf(program: Command): ProgramShape {
  return {
    name: program.name(),
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: optionsOf(command),
      words: command.registeredArguments.flatMap((argument) => {
        return argument.name() === "stage" ? [...stages] : (argument.argChoices ?? []);
      }),
    })),
    globals: [
      ...optionsOf(program),
      { flag: "--help", description: "show what a command takes", takesValue: false },
    ],
  };
}

function optionsOf(command: Command): readonly OptionShape[] {
  return command.options.map(({ long, short, description, required, optional }) => ({
    flag: long ?? short ?? "",
    description,
    takesValue: required || optional,
  }));
}

/** Words that the value of an option may be; null for any text. */
export function valuesOf(flag: string): readonly string[] | null {
  if (flag === "--stage" || flag === "--to") return stages;
  return null;
}

/** Options whose value is a folder or a file. */
export const pathFlags: readonly string[] = ["--dir", "--with", "--cwd", "--out", "--token-file"];
