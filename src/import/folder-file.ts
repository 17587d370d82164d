/** What an imported folder is made of. */
import type { Result } from "../base/brand.ts";
import type { Stage } from "../op/change.ts";
import { stages } from "../op/change.ts";
import type { Problem } from "./plan.ts";

/** A file of the folder: its path below it, and its text or why there is none. */
export interface FolderFile {
  readonly path: string;
  readonly text: Result<string, Problem>;
}

/** The stage that a folder `<digit>_<stage>` holds, else null. */
export function stageOfFolder(name: string): Stage | null {
  return stages.find((stage, at) => name === `${at + 1}_${stage}`) ?? null;
}
