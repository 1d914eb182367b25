import { describe, expect, it } from "vitest";
import { bars, figureText } from "../src/state/report";

describe("the service report", () => {
  it("writes each figure in its unit", () => {
    expect(figureText("offered", 12)).toBe("12");
    expect(figureText("service_level", 0.8267)).toBe("82.7%");
    expect(figureText("asa_s", 75)).toBe("1:15");
    expect(figureText("aht_s", null)).toBe("–");
    expect(figureText("rona", undefined)).toBe("–");
  });

  it("parts the calls without counting one twice", () => {
    const figures = { offered: 10, answered: 7, answered_in_target: 5, abandoned: 2 };
    const queue = { queue: "q", name: "Q", name_zh: "队", target_s: 20, target_level: 0.8, short_s: 5, figures };
    expect(bars([queue])).toEqual([
      {
        queue: "q",
        offered: 10,
        parts: [
          { name: "in_target", count: 5 },
          { name: "late", count: 2 },
          { name: "gone", count: 2 },
        ],
      },
    ]);
  });
});
