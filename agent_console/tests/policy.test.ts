import { describe, expect, it } from "vitest";
import type { PolicySheet, PolicyWords } from "../src/api/types";
import { translator } from "../src/i18n";
import {
  actionPath,
  changed,
  COMPANY,
  departures,
  faultsOf,
  grouped,
  growthActions,
  keyName,
  nameOf,
  ownCount,
  ownOf,
  ownPath,
  queueCells,
  takenBack,
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
  per_queue: group === "levers",
});
const SHEET: PolicySheet = {
  version: { version: 3, author: "ada", dated: 0, note: "" },
  words: [words("levers.*.head_start_s", "levers", "Head start"), words("risk.days", "risk", "Window")],
  parameters: [
    {
      path: "levers.gold.head_start_s",
      row: "levers.*.head_start_s",
      keys: ["gold"],
      value: 60,
      options: [],
      queue: "",
    },
    {
      path: "levers.iron.head_start_s",
      row: "levers.*.head_start_s",
      keys: ["iron"],
      value: 20,
      options: [],
      queue: "",
    },
    { path: "risk.days", row: "risk.days", keys: [], value: 60, options: [], queue: "" },
  ],
  shipped: {},
  queues: [
    { id: "billing", name: "Billing", name_zh: "账单", tiering: true },
    { id: "night.line", name: "Night", name_zh: "夜间", tiering: false },
  ],
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
        queue: "",
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

describe("the table of a queue", () => {
  const path = ownPath("billing", "gold", "head_start_s");
  const kept: PolicySheet = {
    ...SHEET,
    parameters: [
      ...SHEET.parameters,
      { path, row: "levers.*.head_start_s", keys: ["gold"], value: 90, options: [], queue: "billing" },
    ],
  };
  const row = grouped(kept, "", "en")[0]?.[1][0];
  if (row === undefined) throw new Error("the sheet has no levers");
  const cells = (changes: Parameters<typeof queueCells>[3], queue = "billing") =>
    queueCells(row, kept, queue, changes).map(({ value, own }) => [value, own]);

  it("has what the queue says, and for the rest what the company has", () => {
    expect(row.parameters).toHaveLength(2);
    expect(cells({})).toEqual([
      [90, true],
      [20, false],
    ]);
    expect(cells({}, "night.line")).toEqual([
      [60, false],
      [20, false],
    ]);
    expect(cells({ "levers.iron.head_start_s": 30, "levers.gold.head_start_s": 70 })).toEqual([
      [90, true],
      [30, false],
    ]);
    expect(cells({ [ownPath("billing", "iron", "head_start_s")]: null })).toEqual([
      [90, true],
      [null, true],
    ]);
  });

  it("takes a value back to the company's, kept or only just typed", () => {
    const back = takenBack(kept, {}, path);
    expect(back).toEqual({ [path]: COMPANY });
    expect(cells(back)).toEqual([
      [60, false],
      [20, false],
    ]);
    expect(changed(kept, back, path, 90)).toEqual({});
    expect(takenBack(SHEET, { [path]: 80 }, path)).toEqual({});
  });

  it("is counted, named, and told beside the company's", () => {
    const [gold, iron] = row.parameters;
    if (!gold || !iron) throw new Error("the row has two tiers");
    const more = { [ownPath("night.line", "gold", "head_start_s")]: 5 };
    expect(departures(gold, kept, more)).toEqual([
      ["billing", 90],
      ["night.line", 5],
    ]);
    expect(departures(iron, kept, more)).toEqual([]);
    expect([ownCount(kept, "billing", {}), ownCount(kept, "billing", { [path]: COMPANY })]).toEqual([1, 0]);
    expect(ownCount(kept, "night.line", more)).toBe(1);
    expect(nameOf(path, kept, "zh", t)).toBe("Head start（中） · Gold · 账单");
    expect(ownOf(ownPath("night.line", "gold", "target_s"))).toEqual({
      queue: "night.line",
      tier: "gold",
      lever: "target_s",
    });
    expect(ownOf("levers.gold.target_s")).toBeNull();
  });
});
