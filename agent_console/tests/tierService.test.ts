import { describe, expect, it } from "vitest";
import type { TierService } from "../src/api/types";
import { translator } from "../src/i18n";
import { serviceDrawing, serviceTable } from "../src/state/tierService";

const en = { t: translator("en"), language: "en" } as const;

const GOLD: TierService = {
  tier: "gold",
  target_level: 0.85,
  target_s: 15,
  offered: 100,
  served: { n: 97, value: 0.7835, low: 0.692, high: 0.854 },
  mean_wait_s: 12.34,
  mean_handle_s: 180.4,
  agents_busiest: 8,
  staff_hours: 40,
  cost: 300,
  value: 5400,
  cost_share: 2,
  queues: [],
};
const NOBODY: TierService = {
  ...GOLD,
  tier: "lead",
  offered: 0,
  served: { n: 0, value: null, low: 0, high: 1 },
  mean_wait_s: null,
  mean_handle_s: null,
  agents_busiest: null,
  staff_hours: null,
  value: null,
  cost_share: null,
};

describe("tiers against their targets", () => {
  it("says target, share with its interval, staff and cost of each", () => {
    const [gold, lead, others] = serviceTable([GOLD, NOBODY], { offered: 7, mean_wait_s: 20 }, en, String).rows;
    expect(gold?.slice(1, 8)).toEqual(["85% in 15 s", 100, "78.3% (69.2% to 85.4%, n 97)", 12.3, 180, 8, 40]);
    expect(others?.slice(0, 5)).toEqual(["Without a tier", null, 7, null, 20]);
    expect(others).toHaveLength(gold?.length ?? 0);
    expect(gold?.at(-1)).toBe("200.0%");
    expect(lead?.slice(3, 8)).toEqual(["nobody", null, null, null, null]);
  });

  it("draws the interval within the axis, and nothing for a tier that nobody called from", () => {
    const drawing = serviceDrawing([GOLD, NOBODY], en) as { series: { data: unknown[] }[] };
    expect(drawing.series[1]?.data).toEqual([
      [0, 69.2, 85.4],
      [1, null, null],
    ]);
    expect(drawing.series[2]?.data).toEqual([85, 85]);
  });

  it("says below a tier where a queue has a target of its own", () => {
    const own = { ...GOLD, queue: "billing", target_level: 0.95, target_s: 12, offered: 40 };
    const [gold, billing, others] = serviceTable(
      [{ ...GOLD, queues: [own] }],
      { offered: 7, mean_wait_s: 20 },
      en,
      (id) => id.toUpperCase(),
    ).rows;
    expect(gold?.slice(0, 3)).toEqual(["Gold", "85% in 15 s, or the queue's own", 100]);
    expect(billing?.slice(0, 3)).toEqual(["Gold · BILLING", "95% in 12 s", 40]);
    expect([billing?.length, others?.length]).toEqual([gold?.length, gold?.length]);
  });
});
