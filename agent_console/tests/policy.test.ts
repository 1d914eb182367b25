import { describe, expect, it } from "vitest";
import type { PolicySheet, PolicyWords } from "../src/api/types";
import { translator } from "../src/i18n";
import {
  actionPath,
  changed,
  faultsOf,
  grouped,
  growthActions,
  keyName,
  nameOf,
  undone,
  valueOf,
  valueText,
} from "../src/state/policy";

const t = translator("en");
const words = (path: string, group: PolicyWords["group"], en: string): PolicyWords => ({
  path,
  group,
  kind: "number",
  low: 0,
  high: 1,
  unit: "s",
  en,
  zh: `${en}（中）`,
  why_en: "Because.",
  why_zh: "因为。",
  optional: false,
});
const SHEET: PolicySheet = {
  version: { version: 3, author: "ada", dated: 0, note: "" },
  words: [words("levers.*.head_start_s", "levers", "Head start"), words("risk.days", "risk", "Window")],
  parameters: [
    { path: "levers.gold.head_start_s", row: "levers.*.head_start_s", keys: ["gold"], value: 60, options: [] },
    { path: "levers.iron.head_start_s", row: "levers.*.head_start_s", keys: ["iron"], value: 20, options: [] },
    { path: "risk.days", row: "risk.days", keys: [], value: 60, options: [] },
  ],
  shipped: {},
};

describe("the policy's rows", () => {
  it("stand in their groups, one row for all tiers", () => {
    const found = grouped(SHEET, "", "en");
    expect(found.map(([group]) => group)).toEqual(["levers", "risk"]);
    expect(found[0]?.[1][0]?.parameters).toHaveLength(2);
  });

  it("are found by name, path or reason", () => {
    expect(grouped(SHEET, "head st", "en")).toHaveLength(1);
    expect(grouped(SHEET, "RISK.DAYS", "en")).toHaveLength(1);
    expect(grouped(SHEET, "因为", "zh")).toHaveLength(2);
    expect(grouped(SHEET, "nonsense", "en")).toHaveLength(0);
  });
});

describe("a change", () => {
  it("is none when the value is as the version has it", () => {
    const one = changed(SHEET, {}, "risk.days", 30);
    expect(one).toEqual({ "risk.days": 30 });
    expect(changed(SHEET, one, "risk.days", 60)).toEqual({});
  });

  it("goes before the version's value, an empty one too", () => {
    const [gold] = SHEET.parameters;
    if (!gold) throw new Error("the sheet has none");
    expect(valueOf(gold, {})).toBe(60);
    expect(valueOf(gold, { [gold.path]: null })).toBeNull();
  });
});

describe("what is said of a parameter", () => {
  it("names whom it is for", () => {
    expect(nameOf("levers.gold.head_start_s", SHEET, "en", t)).toBe("Head start · Gold");
    expect(nameOf("gone.parameter", SHEET, "en", t)).toBe("gone.parameter");
    expect(["gold", "stable", "exit", "cross_buy", "trust", "csat", "own_code"].map((key) => keyName(key, t))).toEqual([
      "Gold",
      "Stable",
      "Leaving",
      "Cross-buying",
      "Trust",
      "satisfaction",
      "own_code",
    ]);
  });

  it("puts every kind of value into one line", () => {
    expect(valueText(null, t)).toBe("empty");
    expect(valueText(true, t)).toBe("Yes");
    expect(valueText("warm_transfer", t)).toBe("warm transfer");
    expect(valueText(["a", "b"], t)).toBe("a, b");
    expect(valueText([], t)).toBe("empty");
    expect(valueText({ complaint: 0.75 }, t)).toBe("complaint 0.75");
  });

  it("tells its own faults only", () => {
    const faults = [
      { path: "risk.days", en: "Too small.", zh: "太小。" },
      { path: "other", en: "No.", zh: "否。" },
    ];
    expect(faultsOf("risk.days", faults, "zh")).toEqual(["太小。"]);
  });
});

describe("growth actions", () => {
  const sheet: PolicySheet = {
    ...SHEET,
    words: [words("value.growth.*.probability", "value", "Chance")],
    parameters: [
      {
        path: "value.growth.referral.probability",
        row: "value.growth.*.probability",
        keys: ["referral"],
        value: 0.1,
        options: [],
      },
    ],
  };
  const card = actionPath("card");

  it("are those of the version, those to come and those to go", () => {
    expect(growthActions(sheet, { [card]: { probability: 0.2 }, [actionPath("referral")]: null })).toEqual([
      { name: "referral", added: false, gone: true },
      { name: "card", added: true, gone: false },
    ]);
  });

  it("have names though the version does not know them, and go with one figure of theirs undone", () => {
    expect(nameOf(`${card}.probability`, sheet, "en", t)).toBe("Chance · card");
    expect(undone({ [card]: { probability: 0.2 }, "risk.days": 5 }, `${card}.probability`)).toEqual({ "risk.days": 5 });
  });
});
