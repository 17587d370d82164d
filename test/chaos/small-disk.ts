/** A disk of its own of a few MiB, which can be filled to the last page and freed again. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class SmallDisk {
  readonly folder: string;
  readonly #filler: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#filler = join(folder, "filler");
  }

  /** Null where we may not mount one. */
  static mount(folder: string, kib: number): SmallDisk | null {
    mkdirSync(folder, { recursive: true });
    const options = ["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", folder];
    return spawnSync("mount", options).status === 0 ? new SmallDisk(folder) : null;
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Leaves about `bytes` free. */
  fill(bytes: number): void {
    this.free();
    try {
      writeFileSync(this.#filler, Buffer.alloc(Math.max(0, this.freeBytes - bytes)));
    } catch {
      // The node wrote meanwhile: the disk is as full as it gets.
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    spawnSync("umount", ["-l", this.folder]);
  }
}
