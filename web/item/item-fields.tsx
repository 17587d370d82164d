/** The list of an item's fields. */
import { useMemo } from "react";
import type { ReactNode } from "react";
import type { JsonValue, WholeItemDto } from "../../src/client/contract.ts";
import { useItems, useTowline } from "../../src/react/index.ts";
import { exactTime } from "../ui/time-text.ts";
import type { SaveField } from "./field-row.tsx";
import { FieldRow } from "./field-row.tsx";
import { blameOf, editorOf, fieldName, listedFields } from "./fields.ts";
import { ItemsInput } from "./items-input.tsx";
import { ListInput } from "./list-input.tsx";

export interface ItemFieldsProps {
  readonly item: WholeItemDto;
  readonly etag: string | null;
  readonly canEdit: boolean;
  readonly save: SaveField;
}

/** What is read rather than looked up. */
export function ItemTexts(props: ItemFieldsProps) {
  return (
    <dl className="item-texts">
      <Field {...props} field="title" />
      <Field {...props} field="description" />
    </dl>
  );
}

export function ItemFields(props: ItemFieldsProps) {
  return (
    <dl className="item-fields">
      {listedFields(props.item.fields).map((field) => (
        <Field key={field} {...props} field={field} />
      ))}
    </dl>
  );
}

function Field({ item, etag, field, canEdit, save }: ItemFieldsProps & { readonly field: string }) {
  return (
    <FieldRow
      field={field}
      value={item.fields[field] ?? null}
      etag={etag}
      blame={blameOf(item.blame, field)}
      canEdit={canEdit}
      save={save}
    >
      {setEditor({ item, field, canEdit })}
    </FieldRow>
  );
}

interface SetProps {
  readonly item: WholeItemDto;
  readonly field: string;
  readonly canEdit: boolean;
}

/** What edits a set; undefined for a field that holds one value. */
function setEditor(
  props: SetProps,
): ((write: (value: JsonValue) => void) => ReactNode) | undefined {
  switch (editorOf(props.field, props.item.fields[props.field] ?? null)) {
    case "labels":
      return (write) => <Labels {...props} onChange={write} />;
    case "items":
      return (write) => <Dependencies {...props} onChange={write} />;
    default:
      return undefined;
  }
}

type Editable = SetProps & { readonly onChange: (values: readonly string[]) => void };

function Labels({ item, field, canEdit, onChange }: Editable) {
  const items = useItems();
  const known = useMemo(() => {
    const labels = items.flatMap(({ fields }) => textsOf(fields["labels"] ?? null));
    return [...new Set(labels)].sort().slice(0, knownMax);
  }, [items]);
  return (
    <ListInput
      label={fieldName(field)}
      values={textsOf(item.fields[field] ?? null)}
      canEdit={canEdit}
      known={known}
      titleOf={(value) => blameTitle(item, field, value)}
      onChange={onChange}
    />
  );
}

/** Labels offered while one types. */
const knownMax = 200;

function Dependencies({ item, field, canEdit, onChange }: Editable) {
  const { client, live } = useTowline();
  return (
    <ItemsInput
      label={fieldName(field)}
      item={item.item}
      values={textsOf(item.fields[field] ?? null)}
      waitsFor={item.waitsFor}
      canEdit={canEdit}
      find={(id) => live.item(id)}
      search={async (text, signal) =>
        (await client.items({ search: text, limit: 8 }, signal)).items
      }
      titleOf={(value) => blameTitle(item, field, value)}
      onChange={onChange}
    />
  );
}

function textsOf(value: JsonValue): readonly string[] {
  const list: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return list.filter((each) => typeof each === "string");
}

function blameTitle(item: WholeItemDto, field: string, value: string): string {
  const by = item.blame.find((one) => one.field === field && one.value === value);
  if (by === undefined) return "";
  return `added by ${by.actor} on ${by.node ?? by.author.slice(0, 8)}, ${exactTime(by.time)}`;
}
