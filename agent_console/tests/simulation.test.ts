import { describe, expect, it } from "vitest";
import type { SimulationDetail } from "../src/api/types";
import { translator } from "../src/i18n";
import {
  columnsOf,
  differenceText,
  drawingOf,
  figuresOf,
  figureText,
  levelBars,
  progressOf,
  tableOf,
  wholeTable,
} from "../src/state/simulation";
import { svgText } from "../src/charts/echarts";

const t = translator("en");
const value = (mean: number | null, half_width: number | null = null) => ({ mean, half_width });

function detail(title: string, level: number, more: Partial<SimulationDetail> = {}): SimulationDetail {
  return {
    simulation: {
      id: title,
      title,
      source: "scenario",
      policy: null,
      by: "sue",
      ordered_at: 0,
      state: "done",
      done: 1,
      of: 1,
      ended_at: 1,
      why: "",
    },
    order: {
      title,
      source: "scenario",
      scenario: "",
      changes: "",
      policy: null,
      hold_targets: null,
      replications: null,
      seed: null,
    },
    result: {
      outcome: {
        total: { service_level: value(level, 0.01), offered: value(100, 2), blocked: value(null) },
        queues: { a: { service_level: value(level - 0.1, 0.02), asa_s: value(12.34) } },
        agents: { team: { occupancy: value(0.9) } },
      },
      real: null,
      as_it_was: null,
      reproduced: null,
      bad_lines: [],
    },
    ...more,
  };
}

describe("simulations side by side", () => {
  it("has one column for a scenario, numbered when titles are alike", () => {
    const labels = columnsOf([detail("S1", 0.8), detail("S1", 0.9)], t).map(({ label }) => label);
    expect(labels).toEqual(["S1", "S1 (2)"]);
  });

  it("shows a recorded day as it was beside what was run, and the change only when there is one", () => {
    const plain = detail("Monday", 0.8);
    const { result } = plain;
    if (result === null) throw new Error("it has a result");
    const day = { ...plain, result: { ...result, real: result.outcome, as_it_was: result.outcome } };
    expect(columnsOf([day], t).map(({ label }) => label)).toEqual(["Real day", "Run again as it was"]);
    const changed = { ...day, order: { ...day.order, changes: "calls = 2" } };
    expect(columnsOf([changed], t).map(({ label }) => label)).toEqual(["Real day", "Run again as it was", "Monday"]);
  });

  it("writes shares in per cent, seconds with a tenth, counts whole, each with its half-width", () => {
    expect(figureText("service_level", value(0.876, 0.0123), t)).toBe("87.6% ± 1.2");
    expect(figureText("asa_s", value(12.34), t)).toBe("12.3 s");
    expect(figureText("offered", value(1234.4, 3.26), t)).toBe("1234 ± 3.3");
    expect(figureText("blocked", value(null), t)).toBe("–");
    expect(differenceText("service_level", value(0.8), value(0.75), t)).toBe("−5.0 points");
    expect(differenceText("asa_s", value(10), value(12.5), t)).toBe("+2.5 s");
    expect(differenceText("asa_s", value(10), value(9.99), t)).toBe("0.0 s");
    expect(differenceText("offered", value(10), value(10), t)).toBe("0.0");
  });

  it("leaves out figures that nobody has, and exports all others", () => {
    const columns = columnsOf([detail("A", 0.8), detail("B", 0.9)], t);
    expect(figuresOf(columns, ({ total }) => total)).toEqual(["offered", "service_level"]);
    const table = wholeTable(columns, t);
    expect(table.rows).toContainEqual(["a", "Service level", 0.7000000000000001, 0.02, 0.8, 0.02]);
    expect(table.rows.map(([part]) => part)).toEqual(["Total", "Total", "a", "a", "Agents: team"]);
  });

  it("draws bars with whiskers", () => {
    const columns = columnsOf([detail("A", 0.8), detail("B", 0.9)], t);
    const bars = levelBars(columns, t);
    expect(bars.categories).toEqual(["a", "Total"]);
    expect(tableOf(bars, columns, t).rows[1]).toEqual(["Total", 80, 1, 90, 1]);
    const svg = svgText(drawingOf(bars, columns, t), 600, 300);
    expect(svg).toContain("Total");
    expect(svg.match(/stroke-width="1.5"/g)?.length ?? 0).toBeGreaterThanOrEqual(4);
  });

  it("knows how far a run is", () => {
    expect([progressOf(0, 0), progressOf(3, 16), progressOf(16, 16)]).toEqual([0, 19, 100]);
  });
});
