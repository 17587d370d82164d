/** All changes of the pipeline, the newest first, narrowed to an actor or an item. */
import { useCallback, useState } from "react";
import type { ChangeDto } from "../../src/client/contract.ts";
import { useSyncStatus, useTowline } from "../../src/react/index.ts";
import { ChangeList } from "../changes/change-list.tsx";
import { opOf } from "../changes/lines.ts";
import type { LoadPage } from "../pages/use-pages.ts";
import { usePages } from "../pages/use-pages.ts";
import { itemPath } from "../item/address.ts";
import { Link, navigate } from "../shell/router.tsx";
import { Button } from "../ui/button.tsx";
import "./change-log.css";

/** `search` narrows by `actor` and `item`. */
export function ChangeLog({ search }: { readonly search: URLSearchParams }) {
  const actor = search.get("actor") ?? "";
  const item = search.get("item") ?? "";
  const { client } = useTowline();
  const { status } = useSyncStatus();
  const load = useCallback<LoadPage<ChangeDto>>(
    async (cursor, signal) => {
      const query = cursor === undefined ? {} : { cursor };
      if (item === "") {
        const narrow = actor === "" ? query : { ...query, actor };
        const { changes: entries, next } = await client.changes(narrow, signal);
        return { entries, next };
      }
      const { changes: all, next } = await client.itemHistory(item, query, signal);
      return { entries: all.filter((one) => actor === "" || one.actor === actor), next };
    },
    [client, actor, item],
  );
  const changes = usePages({ load, keyOf: opOf, version: `${status?.ops ?? 0}` });
  return (
    <section className="change-log" aria-label="All changes">
      <Narrow key={`${actor}\n${item}`} actor={actor} item={item} />
      <ChangeList changes={changes} shown="all" about={(change) => <About change={change} />} />
    </section>
  );
}

function Narrow({ actor, item }: { readonly actor: string; readonly item: string }) {
  const [typed, setTyped] = useState({ actor, item });
  const isNarrow = actor !== "" || item !== "";
  return (
    <form
      className="change-log-form"
      onSubmit={(event) => {
        event.preventDefault();
        navigate(logPath(typed));
      }}
    >
      <label>
        By
        <input
          value={typed.actor}
          placeholder="anybody"
          dir="auto"
          onChange={(event) => setTyped({ ...typed, actor: event.target.value })}
        />
      </label>
      <label>
        Item
        <input
          value={typed.item}
          placeholder="any id"
          onChange={(event) => setTyped({ ...typed, item: event.target.value })}
        />
      </label>
      <Button type="submit" icon="filter">
        Narrow
      </Button>
      {isNarrow && <Button onClick={() => navigate("/history?log")}>Show all</Button>}
    </form>
  );
}

function logPath(narrow: { readonly actor: string; readonly item: string }): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(narrow)) {
    if (value.trim() !== "") search.set(name, value.trim());
  }
  return search.size === 0 ? "/history?log" : `/history?log&${search.toString()}`;
}

/** Items that a change names: an import may name thousands. */
const itemsShown = 3;

function About({ change: { items } }: { readonly change: ChangeDto }) {
  const { live } = useTowline();
  if (items.length === 0) return null;
  return (
    <p className="change-log-items">
      {items.slice(0, itemsShown).map((item) => {
        const title = live.item(item)?.fields["title"];
        return (
          <Link key={item} href={itemPath(item)} title={item}>
            <bdi>{typeof title === "string" && title !== "" ? title : item}</bdi>
          </Link>
        );
      })}
      {items.length > itemsShown && ` and ${items.length - itemsShown} more`}
    </p>
  );
}
