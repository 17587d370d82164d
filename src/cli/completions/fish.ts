/** Completions for fish. */
import type { OptionShape, ProgramShape } from "./shape.ts";
import { pathFlags, valuesOf } from "./shape.ts";

export function fishCompletions({ name, commands, globals }: ProgramShape): string {
  const lines = [
    `# Put this into a file:  ${name} completions fish > ~/.config/fish/completions/${name}.fish`,
    `complete -c ${name} -f`,
    ...globals.map((option) => `complete -c ${name} ${optionText(option)}`),
  ];
  for (const { name: command, description, options, words } of commands) {
    const what = quoted(description);
    lines.push(`complete -c ${name} -n __fish_use_subcommand -a ${command} -d ${what}`);
    const here = `complete -c ${name} -n '__fish_seen_subcommand_from ${command}'`;
    for (const option of options) lines.push(`${here} ${optionText(option)}`);
    if (words.length > 0) lines.push(`${here} -a ${quoted(words.join(" "))}`);
  }
  return `${lines.join("\n")}\n`;
}

function optionText({ flag, description, takesValue }: OptionShape): string {
  const values = valuesOf(flag);
  const isPath = pathFlags.includes(flag);
  const value =
    values === null ? (isPath ? " -r -F" : " -x") : ` -x -a ${quoted(values.join(" "))}`;
  return `-l ${flag.replace(/^--/u, "")}${takesValue ? value : ""} -d ${quoted(description)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
