import { describe, expect, it } from "vitest";
import type { FieldMerge, MergePreview } from "../src/api/types";
import { NONE } from "../src/format/figures";
import { translator } from "../src/i18n";
import { compared, movesText, valueText } from "../src/state/merging";

const reader = { t: translator("en"), language: "en" } as const;
const field = (name: string, more: Partial<FieldMerge>): FieldMerge => ({
  name,
  kept: "",
  absorbed: "",
  joint: "",
  how: "same",
  ...more,
});

describe("a merge before it is done", () => {
  it("puts conflicts first and leaves out what neither says", () => {
    const preview = {
      fields: [
        field("city", {}),
        field("name", { kept: "Ada", absorbed: "Ada L.", joint: "Ada", how: "conflict" }),
        field("numbers", { kept: [], absorbed: ["+12025550100"], joint: ["+12025550100"], how: "taken" }),
        field("company", { kept: "Sea", absorbed: "Sea", joint: "Sea" }),
      ],
      consents: [{ purpose: "marketing", kept: true, absorbed: false, joint: false }],
    } as unknown as MergePreview;
    expect(compared(preview, reader).map((row) => [row.label, row.joint, row.how])).toEqual([
      ["Name", "Ada", "conflict"],
      ["Numbers", "+1 202 555 0100", "taken"],
      ["Consent: marketing", "refused", "taken"],
      ["Company", "Sea", "same"],
    ]);
  });

  it("says values in words", () => {
    expect(valueText("no_profiling", true, reader)).toBe("refused");
    expect(valueText("since", 0, reader)).toBe(NONE);
    expect(valueText("tags", ["a", "b"], reader)).toBe("a, b");
    expect(valueText("products", 3, reader)).toBe("3");
  });

  it("says what comes along, in both languages", () => {
    expect(movesText({ interaction: 3, sale: 0, callback: 1 }, translator("en"))).toBe(
      "Comes along: 3 contacts, 1 callbacks.",
    );
    expect(movesText({ sale: 2 }, translator("zh"))).toBe("一并转入：2 笔交易。");
    expect(movesText({ sale: 0 }, translator("en"))).toBeNull();
  });
});
