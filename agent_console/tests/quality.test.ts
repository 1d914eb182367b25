import { describe, expect, it } from "vitest";
import { lostSince, worse } from "../src/state/quality";

describe("how the sound is doing", () => {
  it("counts what was lost since the last look, and says nothing of a moment", () => {
    expect(lostSince({ received: 100, lost: 3 }, { received: 325, lost: 28 })).toBe(0.1);
    expect(lostSince({ received: 100, lost: 3 }, { received: 120, lost: 3 })).toBeNull();
  });

  it("takes a count that went back (a late packet came) as nothing lost", () => {
    expect(lostSince({ received: 100, lost: 3 }, { received: 350, lost: 1 })).toBe(0);
  });

  it("is as good as its worse end", () => {
    expect(worse("good", "poor")).toBe("poor");
    expect(worse(undefined, "fair")).toBe("fair");
    expect(worse(undefined, undefined)).toBeNull();
  });
});
