/** A variant of the core: texts of some files, and others in their place. */
export interface Patch {
  /** Path below the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
}

/** The text with the patch; throws when what it replaces is not there exactly once. */
export function mutated(text: string, { file, find, replace }: Patch): string {
  const parts = text.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`${file} holds ${parts.length - 1} times: ${find}`);
}

export function isApplicable(text: string, { find }: Patch): boolean {
  return text.split(find).length === 2;
}

export function mutant(name: string, file: string, find: string, replace: string): Mutant {
  return { name, patches: [{ file, find, replace }] };
}
