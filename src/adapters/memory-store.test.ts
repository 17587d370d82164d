/** The store in memory keeps the contract of every store. */
import { newMemoryDisk, openMemoryStore } from "./memory-store.ts";
import { storeContract } from "./testing/store-contract.ts";

storeContract("memory", () => {
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
});
