import { describe, expect, it } from "vitest";
import type { Suggestion } from "../src/api/types";
import { translator } from "../src/i18n";
import { churnText } from "../src/ui/customer/Figures";
import { whyText } from "../src/ui/customer/Offers";

const OFFER: Suggestion = {
  name: "named_contact",
  bond: "social",
  saves: 0.1,
  cost: 80,
  worth: 216.34,
  value: 2163.42,
  left: 216.33,
  share: 0.15,
  en: "",
  zh: "",
};

describe("the chance that a contract ends", () => {
  it("is a share where contracts taught it, and called assumed where the policy says it", () => {
    expect(churnText({ chance: 0.3733, renewal: 1 }, translator("en"))).toBe("37%");
    expect(churnText({ chance: 0.306, renewal: null }, translator("en"))).toBe("31% (assumed by the policy)");
    expect(churnText({ chance: 0.306, renewal: null }, translator("zh"))).toBe("31%（策略假定）");
  });
});

describe("an offer to stay", () => {
  it("says why it is worth its cost, in both languages", () => {
    expect(whyText(OFFER, translator("en"), "en")).toBe(
      "Worth 216.34 (10% of a lifetime profit of 2,163); costs 80.00, within the tier's 15%.",
    );
    expect(whyText({ ...OFFER, share: null }, translator("en"), "en")).toContain("within the policy's minimum");
    expect(whyText(OFFER, translator("zh"), "zh")).toContain("成本 80.00，在该等级 15% 上限之内");
  });
});
