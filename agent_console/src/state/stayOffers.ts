/** An offer to stay that is being written, and what is wrong with it. Pure. */

import type { Changes } from "../api/loyalty";
import type { Language, PolicySheet, PolicyValue } from "../api/types";
import type { TextKey, Translate } from "../i18n";
import { keyName } from "./policy";

export const OFFERS = "retention.offers";
export const BONDS = ["financial", "social", "structural"] as const;
export type Bond = (typeof BONDS)[number];

/** As typed; `saves` is a share, `cost` money, null while the field is empty. */
export interface OfferDraft {
  code: string;
  en: string;
  zh: string;
  bond: Bond;
  saves: number | null;
  cost: number | null;
}

export type OfferField = keyof OfferDraft;
export const NO_OFFER: OfferDraft = { code: "", en: "", zh: "", bond: "financial", saves: 0.1, cost: 0 };

/** The code that what was typed stands for: small letters, digits and _. */
export const codeOf = (typed: string): string =>
  typed
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");

export interface DraftFault {
  key: TextKey;
  values: Record<string, string | number>;
}

/** Each field's fault; the limits are those that the version says. */
export function draftFaults(
  draft: OfferDraft,
  taken: readonly string[],
  sheet: PolicySheet,
): Partial<Record<OfferField, DraftFault>> {
  const found: Partial<Record<OfferField, DraftFault>> = {};
  const code = codeOf(draft.code);
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(code)) found.code = { key: "offers.badCode", values: {} };
  else if (taken.includes(code)) found.code = { key: "offers.taken", values: { code } };
  for (const language of ["en", "zh"] as const) {
    if (draft[language].trim() === "") found[language] = { key: "offers.needsName", values: {} };
  }
  for (const figure of ["saves", "cost"] as const) {
    const words = sheet.words.find((each) => each.path === `${OFFERS}.*.${figure}`);
    const [low, high] = [words?.low ?? 0, words?.high ?? Infinity];
    const typed = draft[figure];
    if (typed === null || typed < low || typed > high) found[figure] = { key: "offers.outside", values: { low, high } };
  }
  return found;
}

/** What the server is told of a draft without faults. */
export const offerValue = (draft: OfferDraft): PolicyValue => ({
  bond: draft.bond,
  saves: draft.saves ?? 0,
  cost: draft.cost ?? 0,
  en: draft.en.trim(),
  zh: draft.zh.trim(),
});

/** What an offer is called: its own name, that of one to be added too, or the dictionary's for those we ship. */
export function offerName(
  code: string,
  sheet: PolicySheet,
  changes: Changes,
  language: Language,
  t: Translate,
): string {
  const path = `${OFFERS}.${code}`;
  const added = changes[path];
  const own =
    changes[`${path}.${language}`] ??
    (typeof added === "object" && added !== null && !Array.isArray(added) ? added[language] : null) ??
    sheet.parameters.find((each) => each.path === `${path}.${language}`)?.value;
  return typeof own === "string" && own.trim() !== "" ? own : keyName(code, t);
}
