/** A merge before it is done, as people read it: fields in words, what comes along. Pure. */

import type { FieldMerge, Language, MergePreview } from "../api/types";
import { date, NONE, phoneNumber } from "../format/figures";
import { isTextKey, type Translate } from "../i18n";

export interface Reader {
  t: Translate;
  language: Language;
}

export interface ComparedRow {
  key: string;
  label: string;
  kept: string;
  absorbed: string;
  joint: string;
  how: FieldMerge["how"];
}

const DATES = new Set(["since", "contract_until"]);

/** A field's value in words; a dash for one that says nothing. */
export function valueText(name: string, value: FieldMerge["kept"], { t, language }: Reader): string {
  if (name === "no_profiling") return t(value === true ? "merge.refused" : "merge.allowed");
  if (value === null || value === "" || value === 0) return NONE;
  if (Array.isArray(value))
    return value.length === 0 ? NONE : value.map((each) => (name === "numbers" ? phoneNumber(each) : each)).join(", ");
  if (DATES.has(name)) return date(Number(value), language);
  const key = name === "kind" ? `customer.${String(value)}` : `language.${String(value)}`;
  return (name === "kind" || name === "language") && isTextKey(key) ? t(key) : String(value);
}

/** Fields that say something, conflicts first, then what changes, then the rest; consents with them. */
export function compared(preview: MergePreview, reader: Reader): ComparedRow[] {
  const { t } = reader;
  const rows = preview.fields
    .map((each) => {
      const key = `field.${each.name}`;
      return {
        key: each.name,
        label: isTextKey(key) ? t(key) : each.name,
        kept: valueText(each.name, each.kept, reader),
        absorbed: valueText(each.name, each.absorbed, reader),
        joint: valueText(each.name, each.joint, reader),
        how: each.how,
      };
    })
    .filter((row) => row.kept !== NONE || row.absorbed !== NONE);
  const said = (granted: boolean | null) => (granted === null ? NONE : t(granted ? "merge.allowed" : "merge.refused"));
  const consents = preview.consents.map((each): ComparedRow => ({
    key: `consent ${each.purpose}`,
    label: t("merge.consent", { purpose: each.purpose }),
    kept: said(each.kept),
    absorbed: said(each.absorbed),
    joint: said(each.joint),
    how: each.kept === each.absorbed ? "same" : each.joint === each.kept ? "kept" : "taken",
  }));
  const order: readonly FieldMerge["how"][] = ["conflict", "joined", "taken", "kept", "same"];
  return [...rows, ...consents].sort((a, b) => order.indexOf(a.how) - order.indexOf(b.how));
}

/** What else comes along, in words; null when nothing does. */
export function movesText(moves: MergePreview["moves"], t: Translate): string | null {
  const parts = Object.entries(moves)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => {
      const key = `merge.moves.${kind}`;
      return isTextKey(key) ? t(key, { count }) : `${count} ${kind}`;
    });
  return parts.length === 0 ? null : t("merge.moves", { what: parts.join(", ") });
}
