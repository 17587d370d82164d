/** The store in memory keeps the contract of every store. */
import { newMemoryDisk, openMemoryStore } from "./memory-store.ts";
import { pageContract } from "./testing/page-contract.ts";
import type { MakePlace } from "./testing/store-contract.ts";
import { storeContract } from "./testing/store-contract.ts";

const place: MakePlace = () => {
  const disk = newMemoryDisk();
  return {
    open: () => {
      disk.bytesMax = Infinity;
      return openMemoryStore(disk);
    },
    openSmall: () => {
      disk.bytesMax = 500_000;
      return openMemoryStore(disk);
    },
  };
};

storeContract("memory", place);
pageContract("memory", place);
