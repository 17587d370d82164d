/** Completions for zsh. */
import type { OptionShape, ProgramShape } from "./shape.ts";
import { valuesOf } from "./shape.ts";

export function zshCompletions({ name, commands, globals }: ProgramShape): string {
  const list = commands.map((command) => `    ${entry(command.name, command.description)}`);
  const cases = commands.map(({ name: command, options, words }) => {
    const specs = [...options, ...globals].map((option) => `        ${spec(option)} \\`);
    const rest = words.length === 0 ? "_files" : `(${words.join(" ")})`;
    return `      ${command})\n      _arguments \\\n${specs.join("\n")}\n        '*:argument:${rest}' ;;`;
  });
  const global = globals.map((option) => `    ${spec(option)} \\`);
  return `#compdef ${name}
# Put this into ~/.zshrc, after compinit:  eval "$(${name} completions zsh)"
_${name}() {
  local -a commands
  local line state
  commands=(
${list.join("\n")}
  )
  _arguments -C \\
${global.join("\n")}
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${cases.join("\n")}
      esac ;;
  esac
}
compdef _${name} ${name}
`;
}

function entry(name: string, description: string): string {
  return quoted(`${name.replaceAll(":", "\\:")}:${description}`);
}

function spec({ flag, description, takesValue }: OptionShape): string {
  const text = description.replaceAll(/[[\]:]/gu, (char) => `\\${char}`);
  const values = valuesOf(flag);
  const value = takesValue ? `:value:${values === null ? "_files" : `(${values.join(" ")})`}` : "";
  return quoted(`${flag}[${text}]${value}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
