import { describe, expect, it } from "vitest";
import type { Profile, Relationship } from "../src/api/types";
import { money, span } from "../src/format/figures";
import { translator } from "../src/i18n";
import { curveDrawing, curveTable, indexDrawing, indexTable, unknownScores, word } from "../src/state/relationship";

const en = { t: translator("en"), language: "en" } as const;
const zh = { t: translator("zh"), language: "zh" } as const;

const stretch = (place: number, stage: Relationship["stretches"][number]["stage"]) => ({
  from_at: place * 100,
  to_at: (place + 1) * 100,
  volume: 10.005 * place,
  profit: place,
  smoothed: 9 * place,
  level: 0.5,
  drawdown: 0.125,
  stage,
});
const CURVE: Relationship = {
  period: "month",
  reference: 40,
  stretches: [stretch(0, "exploration"), stretch(1, "stable"), stretch(2, "stable")],
  bands: [
    { stage: "exploration", from_at: 0, to_at: 100 },
    { stage: "stable", from_at: 100, to_at: 300 },
  ],
  pattern: null,
  profit_stage: null,
  profit_lag: false,
};
const PROFILE = {
  index: 60,
  contributions: [
    { name: "value", score: 0.5, weight: 0.6, points: 30 },
    { name: "trust", score: 0.75, weight: 0.4, points: 30 },
  ],
} as unknown as Profile;

interface Bars {
  stack?: string;
  data: (number | { value: number })[];
}
const values = (bars: Bars | undefined): number[] =>
  (bars?.data ?? []).map((each) => (typeof each === "number" ? each : each.value));

describe("the curve", () => {
  it("names money only where it is known", () => {
    expect(curveTable({ relationship: CURVE, money: true }, en).columns).toContain("Profit");
    const contacts = curveTable({ relationship: CURVE, money: false }, en);
    expect(contacts.columns).not.toContain("Profit");
    expect(contacts.columns).toContain("Contacts");
    for (const row of contacts.rows) expect(row).toHaveLength(contacts.columns.length);
  });

  it("has one band per run of a stage, in the reader's language", () => {
    const { series } = curveDrawing({ relationship: CURVE, money: true }, zh) as {
      series: { markArea?: { data: { name?: string }[][] } }[];
    };
    expect(series[0]?.markArea?.data.map(([begin]) => begin?.name)).toEqual(["考察期", "稳定期"]);
    expect(series).toHaveLength(3);
  });
});

describe("the index", () => {
  it("is the sum of its steps, and what is missed fills each to its most", () => {
    const { series } = indexDrawing(PROFILE, en) as unknown as { series: Bars[] };
    const [begins, points, lost] = series.map(values);
    expect(begins).toEqual([0, 30, 0]);
    expect(points).toEqual([30, 30, 60]);
    expect(lost?.slice(0, 2)).toEqual([30, 10]);
    expect(indexTable(PROFILE, en).rows.at(-1)).toEqual(["Index", 60, 100, null, "100%"]);
  });

  it("says what is not known", () => {
    expect(unknownScores(PROFILE, en.t)).toEqual(["Satisfaction", "Switching cost", "Behaviour"]);
  });
});

describe("words", () => {
  it("leave a code as it is where nobody has named it", () => {
    expect(word("stage", "stable", zh.t)).toBe("稳定期");
    expect(word("result", "something said", en.t)).toBe("something said");
  });

  it("count time and money", () => {
    expect(span(2 * 86_400 + 3 * 3600 + 59, "en")).toBe("2 d 3 h");
    expect(span(59, "en")).toBe("0 min");
    expect(span(3600, "zh")).toBe("1 小时");
    expect(money(1234.567, "en")).toBe("1,235");
    expect(money(8.649, "en")).toBe("8.65");
    expect(money(null, "en")).toBe("–");
  });
});
