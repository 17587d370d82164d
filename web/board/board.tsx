/** The board: what is in which stage. */
import { EmptyState } from "../ui/empty.tsx";

export function Board() {
  return <EmptyState icon="board" title="Nothing in the pipeline yet" />;
}
