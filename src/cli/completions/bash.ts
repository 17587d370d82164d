/** Completions for bash. */
import type { ProgramShape } from "./shape.ts";
import { pathFlags, valuesOf } from "./shape.ts";

export function bashCompletions({ name, commands, globals }: ProgramShape): string {
  const flags = [...globals, ...commands.flatMap(({ options }) => options)];
  const valued = unique(flags.filter(({ takesValue }) => takesValue).map(({ flag }) => flag));
  const everywhere = globals.map(({ flag }) => flag).join(" ");
  const names = commands.map((command) => command.name).join(" ");
  const ofCommands = commands.map(({ name: command, options, words }) => {
    return `    ${command}) words="${[...options.map(({ flag }) => flag), ...words].join(" ")}" ;;`;
  });
  const ofValues = unique(flags.map(({ flag }) => flag)).flatMap((flag) => {
    const values = valuesOf(flag);
    const reply = `COMPREPLY=($(compgen -W "${(values ?? []).join(" ")}" -- "$cur"))`;
    return values === null ? [] : [`    ${flag}) ${reply}; return ;;`];
  });
  const paths = pathFlags.join("|");
  // The value of --to is a stage for some commands, and a moment for diff: any word will do there.
  return `# Put this into ~/.bashrc:  eval "$(${name} completions bash)"
_${name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="" words="" at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
      ${valued.join("|")}) ((at++)) ;;
      -*) ;;
      *) command="\${COMP_WORDS[at]}"; break ;;
    esac
  done
  case "$prev" in
    ${paths}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
${ofValues.join("\n")}
    ${valued.join("|")}) return ;;
  esac
  case "$command" in
    "") words="${names}" ;;
${ofCommands.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words ${everywhere}" -- "$cur"))
}
complete -o default -F _${name} ${name}
`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
