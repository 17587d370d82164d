/** The bounds of importing, each with its reason. Those of an op itself are in base/limits.ts. */

/** Bytes of one line of a JSONL file, or of one Markdown file: sixteen times what an op holds. */
export const entryBytesMax = 1_048_576;
/** Bytes of a whole file: it is held in memory, and a string of Node may have 512 MiB. */
export const fileBytesMax = 268_435_456;
/** Markdown files in one folder. */
export const folderFilesMax = 100_000;
/** Bytes of front matter, checked before YAML is parsed. */
export const frontMatterBytesMax = 16_384;
/** Tokens of front matter, some 300 values: with 16 KiB of them the parser takes 0.2 s. */
export const yamlTokensMax = 2_048;
/** Aliases in front matter: few are honest, and each may multiply what the one before holds. */
export const yamlAliasesMax = 16;
/** Values in front matter: an alias to its own parent would otherwise unfold without end. */
export const yamlValuesMax = 8_192;
/** Bytes of a register's value as JSON: what an op's body holds, less the change around it. */
export const registerBytesMax = 65_200;
/** Bytes of one element of a set: a remove must still have room for the ids that it names. */
export const elementBytesMax = 32_768;
/** Nesting of a value: the body of an op adds three brackets around it, up to 32. [WIRE 2] */
export const valueDepthMax = 29;
/** Adds that one `rem` names (67 bytes each); more are removed by several changes. */
export const removeAddsMax = 256;
/** Entries that `detect` looks at before it gives up. */
export const detectEntriesMax = 32;
/** Problems that a report lists; the counter goes on. */
export const problemsListed = 1_000;
/** Characters of the user's text that a message quotes. */
export const quotedCharsMax = 60;
