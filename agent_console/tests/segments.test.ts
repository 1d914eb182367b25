import { describe, expect, it } from "vitest";
import { queryText } from "../src/api/client";
import type { FlowLine, Matrix, Pyramid, RunLine } from "../src/api/types";
import { translator } from "../src/i18n";
import {
  cellOf,
  cutOfCell,
  equityTable,
  flowDrawing,
  matrixDrawing,
  matrixTable,
  pyramidDrawing,
  pyramidTable,
  ranges,
} from "../src/state/segments";

const en = { t: translator("en"), language: "en" } as const;

const MATRIX: Matrix = {
  cut: { current: 100, potential: 10 },
  current_edges: [0, 50, 100],
  potential_edges: [0, 5, 10],
  cells: [
    { current: 0, potential: 1, customers: 4, value: 0 },
    { current: 3, potential: 3, customers: 2, value: 900.456 },
  ],
};
const PYRAMID: Pyramid = {
  band: 0.05,
  runs: 2,
  steps: [
    {
      tier: "platinum",
      customers: 5,
      value: 100,
      at_risk: 1,
      pending: { gold: 2 },
    },
    { tier: "lead", customers: 9, value: 10, at_risk: 0, pending: {} },
  ],
};

describe("the value matrix", () => {
  it("names every cell along an axis, one more than there are edges", () => {
    expect(ranges(MATRIX.potential_edges, en)).toEqual([
      "below 0.00",
      "0.00 to 5.00",
      "5.00 to 10.00",
      "10.00 and more",
    ]);
  });

  it("leads from a cell to the customers in it, open at both ends", () => {
    expect(cutOfCell(MATRIX, 0, 1)).toEqual({
      current_from: undefined,
      current_to: 0,
      potential_from: 0,
      potential_to: 5,
    });
    expect(cutOfCell(MATRIX, 3, 3)).toMatchObject({ current_from: 100, current_to: undefined, potential_from: 10 });
  });

  it("knows a clicked cell from anything else", () => {
    const { series } = matrixDrawing(MATRIX, en) as { series: { data: unknown[] }[] };
    expect(cellOf(series[0]?.data[1])).toEqual([3, 3]);
    for (const other of [null, 3, {}, { value: "x" }, { value: [] }]) expect(cellOf(other)).toBeNull();
    expect(matrixTable(MATRIX, en).rows[1]).toEqual(["100 and more", "10.00 and more", 2, 900.46]);
  });
});

describe("the pyramid", () => {
  it("is symmetric, and those who wait are part of their step", () => {
    const { series } = pyramidDrawing(PYRAMID, en) as unknown as { series: { data: { value: number }[] }[] };
    const sums = [0, 1].map((place) => series.reduce((sum, { data }) => sum + Math.abs(data[place]?.value ?? 0), 0));
    expect(sums).toEqual([5, 9]);
    expect(pyramidTable(PYRAMID, en).rows[0]).toEqual(["Platinum", 5, 2, 0, 2, 0, 0, 1, 100]);
  });
});

describe("the flow and the equity", () => {
  it("draw each stage once per side and every link between two of them", () => {
    const flows: FlowLine[] = [
      { before: "new", after: "exploration", customers: 1 },
      { before: "stable", after: "decline", customers: 2 },
      { before: "stable", after: "stable", customers: 7 },
    ];
    const { series } = flowDrawing(flows, en) as {
      series: { data: { name: string }[]; links: { source: string; target: string }[] }[];
    };
    const names = new Set(series[0]?.data.map((each) => each.name));
    expect(names.size).toBe(series[0]?.data.length);
    for (const { source, target } of series[0]?.links ?? []) expect(names.has(source) && names.has(target)).toBe(true);
  });

  it("leave out reckonings without money", () => {
    const run = (equity: number | null): RunLine => ({ at: 0, policy: 0, customers: 3, equity, by_tier: { gold: 5 } });
    expect(equityTable([run(null), run(5)], en).rows).toHaveLength(1);
  });
});

describe("a query", () => {
  it("repeats a name for each of its values and leaves out what is not given", () => {
    expect(queryText({ tier: ["gold", "iron"], at_risk: false, after: undefined })).toBe(
      "?tier=gold&tier=iron&at_risk=false",
    );
  });
});
