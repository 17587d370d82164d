/** Names of nodes by their ids, from what the status says; the same object until one changes. */
import type { ReactNode } from "react";
import { createContext, use, useMemo } from "react";
import type { StatusDto } from "../../src/client/contract.ts";
import { useSyncStatus } from "../../src/react/index.ts";

export type NameOf = (node: string) => string;

const NamesContext = createContext<NameOf>(shortId);

/** The name of a node, or the beginning of its id when it never told one. */
export function useNodeName(): NameOf {
  return use(NamesContext);
}

export function NodeNames({ children }: { readonly children: ReactNode }) {
  const { status } = useSyncStatus();
  const known = JSON.stringify(status === null ? [] : namesIn(status));
  const nameOf = useMemo<NameOf>(() => {
    const names = new Map(JSON.parse(known) as [string, string][]);
    return (node) => names.get(node) ?? shortId(node);
  }, [known]);
  return <NamesContext value={nameOf}>{children}</NamesContext>;
}

function namesIn({ node, name, peers, present }: StatusDto): readonly [string, string][] {
  const names = new Map<string, string>([[node, name]]);
  for (const one of [...peers, ...present]) {
    if (one.node !== null && one.name !== null) names.set(one.node, one.name);
  }
  return [...names];
}

function shortId(node: string): string {
  return node.slice(0, 8);
}
