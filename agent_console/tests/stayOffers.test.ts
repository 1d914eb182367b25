import { describe, expect, it } from "vitest";
import type { Difference, PolicySheet, PolicyWords } from "../src/api/types";
import { translator } from "../src/i18n";
import { listed, nameOf } from "../src/state/policy";
import { codeOf, draftFaults, NO_OFFER, offerName, OFFERS, offerValue } from "../src/state/stayOffers";

const t = translator("en");
const words = (field: string, low: number, high: number): PolicyWords => ({
  path: `${OFFERS}.*.${field}`,
  group: "repair",
  kind: "number",
  low,
  high,
  unit: "",
  en: field,
  zh: field,
  why_en: "",
  why_zh: "",
  optional: false,
  per_queue: false,
});
const of = (code: string, field: string, value: string | number) => ({
  path: `${OFFERS}.${code}.${field}`,
  row: `${OFFERS}.*.${field}`,
  keys: [code],
  value,
  options: [],
  queue: "",
});
const SHEET: PolicySheet = {
  version: { version: 3, author: "ada", dated: 0, note: "" },
  words: [words("saves", 0, 1), words("cost", 0, 1000), words("en", 0, 60)],
  parameters: [
    of("fee_waiver", "cost", 60),
    of("fee_waiver", "en", ""),
    of("visit", "cost", 60),
    of("visit", "en", "A visit"),
  ],
  shipped: {},
  queues: [],
};
const DRAFT = { ...NO_OFFER, code: "Winter Letter", en: " A letter ", zh: "冬季来信", cost: 12 };
const WINTER = `${OFFERS}.winter_letter`;

describe("offers to stay", () => {
  it("are those of the version, those to come and those to go", () => {
    const changes = { [WINTER]: offerValue(DRAFT), [`${OFFERS}.visit`]: null, [`${OFFERS}.fee_waiver.cost`]: 5 };
    expect(listed(SHEET, changes, OFFERS)).toEqual([
      { name: "fee_waiver", added: false, gone: false },
      { name: "visit", added: false, gone: true },
      { name: "winter_letter", added: true, gone: false },
    ]);
  });

  it("go by their own name, by ours where they have none, and by the one they are being given", () => {
    const changes = { [WINTER]: offerValue(DRAFT), [`${OFFERS}.visit.en`]: "A longer visit" };
    expect(["fee_waiver", "visit", "winter_letter"].map((code) => offerName(code, SHEET, changes, "en", t))).toEqual([
      "A fee waived",
      "A longer visit",
      "A letter",
    ]);
  });

  it("keep their name among differences when the version has them no more", () => {
    const gone: Difference[] = [
      { path: `${OFFERS}.old.en`, row: `${OFFERS}.*.en`, before: "An old one", after: null, queue: "", inherited: "" },
    ];
    expect(nameOf(`${OFFERS}.old.cost`, SHEET, "en", t, gone)).toBe("cost · An old one");
    expect(nameOf(`${OFFERS}.visit.cost`, SHEET, "en", t)).toBe("cost · A visit");
    expect(nameOf(`${OFFERS}.fee_waiver.cost`, SHEET, "en", t)).toBe("cost · A fee waived");
  });
});

describe("an offer being written", () => {
  it("has no fault when every field is sound, and a code of small letters", () => {
    expect(draftFaults(DRAFT, ["fee_waiver"], SHEET)).toEqual({});
    expect(codeOf(DRAFT.code)).toBe("winter_letter");
    expect(offerValue(DRAFT)).toEqual({ bond: "financial", saves: 0.1, cost: 12, en: "A letter", zh: "冬季来信" });
  });

  it("says at each field what is wrong", () => {
    const wrong = draftFaults(
      { ...DRAFT, code: "winter letter", zh: " ", saves: 1.5, cost: null },
      ["winter_letter"],
      SHEET,
    );
    expect(wrong.code?.key).toBe("offers.taken");
    expect(wrong.zh?.key).toBe("offers.needsName");
    expect(wrong.saves).toEqual({ key: "offers.outside", values: { low: 0, high: 1 } });
    expect(wrong.cost?.values).toEqual({ low: 0, high: 1000 });
    expect(wrong.en).toBeUndefined();
    expect(draftFaults({ ...DRAFT, code: "1st" }, [], SHEET).code?.key).toBe("offers.badCode");
  });
});
