/** A record as a form holds it, and back. Pure. */

import type { CustomerFile, RecordDraft } from "../api/types";

/** What a customer said on a purpose; `none`: he was not asked. */
export type Said = "none" | "yes" | "no";
/** The draft with dates and consents as the inputs have them. */
export type FormDraft = Omit<RecordDraft, "contract_until" | "consents"> & {
  contract_until: string;
  consents: Record<string, Said>;
};

/** Asked of everybody; a record may know more. */
const PURPOSES = ["marketing", "survey"] as const;

const day = (at: number | null): string => (at === null ? "" : new Date(at * 1000).toISOString().slice(0, 10));

export function newDraft(number: string, language: string): FormDraft {
  return {
    name: "",
    kind: "person",
    numbers: number === "" ? [] : [number],
    emails: [],
    external_ids: [],
    language,
    city: "",
    company: "",
    organisation: null,
    preferred_agent: null,
    notes: "",
    tags: [],
    contract_until: "",
    products: null,
    no_profiling: false,
    consents: Object.fromEntries(PURPOSES.map((each) => [each, "none"])),
  };
}

export function draftOf({ customer, consents }: CustomerFile): FormDraft {
  const known = Object.fromEntries(consents.map((each) => [each.purpose, each.granted ? "yes" : "no"] as const));
  return {
    name: customer.name,
    kind: customer.kind,
    numbers: customer.numbers,
    emails: customer.emails,
    external_ids: customer.external_ids,
    language: customer.language,
    city: customer.city,
    company: customer.company,
    organisation: customer.organisation,
    preferred_agent: customer.preferred_agent,
    notes: customer.notes,
    tags: customer.tags,
    contract_until: day(customer.contract_until),
    products: customer.products,
    no_profiling: customer.no_profiling,
    consents: { ...newDraft("", "").consents, ...known },
  };
}

/** What is sent: a date as the first second of its day (UTC), consents only where something was said. */
export function sent(form: FormDraft): RecordDraft {
  const said = Object.entries(form.consents).filter(([, word]) => word !== "none");
  return {
    ...form,
    organisation: form.organisation ?? null,
    preferred_agent: form.preferred_agent ?? null,
    contract_until: form.contract_until === "" ? null : Date.parse(form.contract_until) / 1000,
    consents: Object.fromEntries(said.map(([purpose, word]) => [purpose, word === "yes"])),
  };
}
