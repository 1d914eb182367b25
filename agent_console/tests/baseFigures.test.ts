import { describe, expect, it } from "vitest";
import type { BaseFigures } from "../src/api/types";
import { translator } from "../src/i18n";
import { figureGroups } from "../src/state/baseFigures";

type Share = BaseFigures["stable"];
const en = { t: translator("en"), language: "en" } as const;
const zh = { t: translator("zh"), language: "zh" } as const;
const of = (n: number, value: number | null, low = 0, high = 1): Share => ({ n, value, low, high });

const FIGURES: BaseFigures = {
  period: "quarter",
  enough: 30,
  stable: of(1200, 0.5, 0.472, 0.528),
  became_stable: 30,
  periods_to_stable: 4.5,
  endings: [{ pattern: "early_abort", of: of(29, 0.2, 0.1, 0.38) }],
  recovered: of(40, 0.25, 0.142, 0.402),
  declining: 12,
  in_time: of(50, 0.9, 0.786, 0.957),
  satisfied: of(0, null),
  kept_repaired: of(31, 1, 0.89, 1),
  kept_failed: of(3, 0.667, 0.2, 0.94),
  repeated: of(50, 0.1, 0.04, 0.21),
  retained: { treated: 450, held_out: 50, profit: 9000.4, low: -1000, high: 19000 },
};

describe("figures of the base", () => {
  it("says a share with its interval and of how many", () => {
    const [cycles, repairs] = figureGroups(FIGURES, en);
    expect(cycles?.rows[0]).toMatchObject({ value: "4.5 quarters", interval: null, base: "30 who became stable" });
    expect(cycles?.rows[1]).toMatchObject({ value: "50.0%", interval: "47.2% – 52.8%" });
    expect(cycles?.rows.at(-2)?.base).toBe("40 declines, 12 of them still going on");
    expect(cycles?.rows.at(-1)).toMatchObject({ value: "9,000", interval: "-1,000 – 19,000" });
    expect(repairs?.rows[0]?.value).toBe("90.0%");
  });

  it("says nothing of too few", () => {
    const [cycles, repairs] = figureGroups(FIGURES, en);
    expect(cycles?.rows[2]?.name).toContain("Early abort");
    expect(cycles?.rows[2]).toMatchObject({ value: null, interval: null });
    expect(repairs?.rows.map((row) => row.value)).toEqual(["90.0%", null, "100.0%", null, "10.0%"]);
    const unknown = { treated: 450, held_out: 29, profit: null, low: null, high: null };
    const few = figureGroups({ ...FIGURES, became_stable: 29, retained: unknown }, en);
    expect(few[0]?.rows[0]?.value).toBeNull();
    expect(few[0]?.rows.at(-1)).toMatchObject({ value: null, interval: null });
    expect(few[0]?.rows.at(-1)?.base).toContain("each group needs 30");
  });

  it("reads in Chinese", () => {
    expect(figureGroups(FIGURES, zh)[0]?.rows[0]?.value).toBe("4.5 个季度");
  });
});
