/** A write that is meant for one state of an item. */
import { versionOf, itemDtoAt } from "./dto/item.ts";
import { Changed } from "./problems.ts";
import type { Call } from "./web.ts";

/**
 * Throws `http/changed` when the item is not any more what `If-Match` names. Nothing may come
 * between this and the write.
 */
export function refuseChanged(
  { web, request }: Pick<Call<unknown, unknown, unknown>, "web" | "request">,
  item: string,
): void {
  const header = request.headers["if-match"];
  if (header === undefined) return;
  const { node } = web.host;
  const now = itemDtoAt(node, item);
  const version = versionOf(node, item);
  const isMeant = header.split(",").some((each) => {
    const tag = each.trim();
    return tag === "*" || tag.startsWith(`"${version}.`);
  });
  if (now === null || !isMeant) throw new Changed(now);
}
