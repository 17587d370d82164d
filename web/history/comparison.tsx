/** What differs between two moments: what was created, deleted and changed, field by field. */
import { useState } from "react";
import type { ComparisonDto, JsonValue } from "../../src/client/contract.ts";
import { itemPath } from "../item/address.ts";
import { fieldName, valueText } from "../item/fields.ts";
import { Link } from "../shell/router.tsx";
import type { Tone } from "../ui/badge.tsx";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { comparisonWords } from "./moments.ts";
import "./comparison.css";

type Compared = ComparisonDto["items"][number];

const tones: Readonly<Record<Compared["change"], Tone>> = {
  created: "good",
  deleted: "bad",
  changed: "accent",
};

/** Items in the page at first, and further ones for each click. */
const itemsShown = 100;

export function Comparison({ comparison }: { readonly comparison: ComparisonDto }) {
  const [shown, setShown] = useState(itemsShown);
  const { items } = comparison;
  return (
    <section className="comparison" aria-label="Comparison">
      <p role="status">{comparisonWords(comparison)}</p>
      <ul>
        {items.slice(0, shown).map((item) => (
          <li key={item.item}>
            <ComparedItem item={item} />
          </li>
        ))}
      </ul>
      {items.length > shown && (
        <Button look="quiet" onClick={() => setShown(shown + itemsShown)}>
          {`Show more (${(items.length - shown).toLocaleString()})`}
        </Button>
      )}
    </section>
  );
}

function ComparedItem({ item: { item, change, title, fields } }: { readonly item: Compared }) {
  return (
    <article className="compared">
      <h3>
        <Badge tone={tones[change]}>{change}</Badge>
        <Link href={itemPath(item)}>
          <bdi>{valueText(title) || item}</bdi>
        </Link>
        <code>{item}</code>
      </h3>
      {change === "changed" && (
        <dl>
          {fields.map(({ field, before, after }) => (
            <div key={field} className="compared-field">
              <dt>{fieldName(field)}</dt>
              <dd>
                <Side value={before} word="before" />
                <span aria-hidden="true">→</span>
                <Side value={after} word="after" />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </article>
  );
}

/** Longer texts are told apart in the history of the item. */
const charsMax = 240;

function Side({ value, word }: { readonly value: JsonValue; readonly word: "before" | "after" }) {
  const text = valueText(value);
  const Tag = word === "before" ? "del" : "ins";
  const short = text.length > charsMax ? `${text.slice(0, charsMax).toWellFormed()}…` : text;
  return text === "" ? <span className="quiet">nothing</span> : <Tag dir="auto">{short}</Tag>;
}
