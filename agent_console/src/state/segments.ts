/** Charts and tables of the base. Pure: the figures are the server's, only their drawing is made here. */

import type { Cut } from "../api/loyalty";
import type { FlowLine, Matrix, Pyramid, RunLine, Tier } from "../api/types";
import type { Drawing } from "../charts/echarts";
import type { ChartTable } from "../charts/table";
import { SERIES_COLOURS } from "../charts/theme";
import { count, date, money } from "../format/figures";
import { type Reader, round, STAGE_COLOURS, word } from "./relationship";

export const TIERS: readonly Tier[] = ["platinum", "gold", "iron", "lead"];
const STAGES = ["new", "exploration", "formation", "stable", "decline", "exited"] as const;
export const TIER_COLOURS: Record<Tier, string> = {
  platinum: "#1554c0",
  gold: "#d97706",
  iron: "#55606f",
  lead: "#8a96a8",
};

// -- value matrix ---------------------------------------------------------------------------------------------

/** The names of the cells along an axis: below the first edge, between two, from the last on. */
export function ranges(edges: readonly number[], { t, language }: Reader): string[] {
  const text = (edge: number | undefined) => money(edge, language);
  return [...edges, Infinity].map((to, place) => {
    if (place === 0) return t("matrix.below", { to: text(to) });
    if (to === Infinity) return t("matrix.from", { from: text(edges.at(-1)) });
    return t("matrix.between", { from: text(edges[place - 1]), to: text(to) });
  });
}

/** The cut of a cell, for the list of its customers. */
export function cutOfCell(matrix: Matrix, current: number, potential: number): Cut {
  return {
    current_from: matrix.current_edges[current - 1],
    current_to: matrix.current_edges[current],
    potential_from: matrix.potential_edges[potential - 1],
    potential_to: matrix.potential_edges[potential],
  };
}

export function matrixTable(matrix: Matrix, reader: Reader): ChartTable {
  const { t } = reader;
  const [x, y] = [ranges(matrix.current_edges, reader), ranges(matrix.potential_edges, reader)];
  return {
    columns: [t("matrix.current"), t("matrix.potential"), t("matrix.customers"), t("matrix.value")],
    rows: matrix.cells.map((each) => [
      x[each.current] ?? "",
      y[each.potential] ?? "",
      each.customers,
      round(each.value),
    ]),
  };
}

export function matrixDrawing(matrix: Matrix, reader: Reader): Drawing {
  const { t, language } = reader;
  const most = Math.max(1, ...matrix.cells.map((each) => each.customers));
  const axis = (name: string, edges: readonly number[]) => ({
    type: "category",
    name,
    nameLocation: "middle",
    data: ranges(edges, reader),
    splitArea: { show: true },
  });
  return {
    grid: { left: 40, right: 16, top: 12, bottom: 76, containLabel: true },
    tooltip: { trigger: "item" },
    xAxis: {
      ...axis(t("matrix.current"), matrix.current_edges),
      nameGap: 34,
      axisLabel: { interval: 0, width: 92, overflow: "break" },
    },
    yAxis: {
      ...axis(t("matrix.potential"), matrix.potential_edges),
      nameGap: 110,
      axisLabel: { width: 92, overflow: "break" },
    },
    visualMap: {
      min: 0,
      max: most,
      calculable: false,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 110,
      text: [count(most, language), `${t("matrix.customers")} 0`],
      inRange: { color: ["#f4f7fb", "#b9d0f4", "#5b8fe0"] },
    },
    series: [
      {
        name: t("matrix.title"),
        type: "heatmap",
        data: matrix.cells.map((each) => ({
          value: [each.current, each.potential, each.customers],
          worth: each.value,
          label: { formatter: `${count(each.customers, language)}\n${money(each.value, language)}` },
        })),
        label: { show: true, color: "#172033", fontSize: 12 },
        itemStyle: { borderColor: "#ffffff", borderWidth: 2 },
        emphasis: { itemStyle: { borderColor: "#172033" } },
      },
    ],
  };
}

/** The cell behind something clicked in the drawing; null for anything else. */
export function cellOf(data: unknown): [number, number] | null {
  const value = (data as { value?: unknown } | null)?.value;
  return Array.isArray(value) && typeof value[0] === "number" && typeof value[1] === "number"
    ? [value[0], value[1]]
    : null;
}

// -- pyramid --------------------------------------------------------------------------------------------------

const waiting = (step: Pyramid["steps"][number]): number =>
  Object.values(step.pending).reduce<number>((sum, each) => sum + each, 0);

export function pyramidTable({ steps }: Pyramid, { t }: Reader): ChartTable {
  return {
    columns: [
      t("segments.tier"),
      t("matrix.customers"),
      t("pyramid.waiting"),
      ...TIERS.map((tier) => t("pyramid.to", { tier: word("tier", tier, t) })),
      t("segments.risk"),
      t("matrix.value"),
    ],
    rows: steps.map((step) => [
      word("tier", step.tier, t),
      step.customers,
      waiting(step),
      ...TIERS.map((tier) => step.pending[tier] ?? 0),
      step.at_risk,
      round(step.value),
    ]),
  };
}

export function pyramidDrawing({ steps }: Pyramid, { t }: Reader): Drawing {
  const half = (of: (step: Pyramid["steps"][number]) => number, sign: number) =>
    steps.map((step) => (sign * of(step)) / 2);
  const whole = (place: number): number => steps[place]?.customers ?? 0;
  const bar = (name: string, stack: string, colour: string | null, data: number[], label: object) => ({
    name,
    type: "bar",
    stack,
    barWidth: "72%",
    barGap: "-100%",
    itemStyle: { color: colour ?? TIER_COLOURS.iron },
    data: data.map((value, place) => ({
      value,
      itemStyle: { color: colour ?? TIER_COLOURS[steps[place]?.tier ?? "lead"] },
    })),
    ...label,
  });
  const settled = (step: Pyramid["steps"][number]) => step.customers - waiting(step);
  return {
    grid: { left: 8, right: 60, top: 34, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, data: [t("pyramid.settled"), t("pyramid.waiting")] },
    tooltip: { show: false },
    xAxis: { type: "value", show: false },
    yAxis: {
      type: "category",
      inverse: true,
      axisTick: { show: false },
      data: steps.map((step) => word("tier", step.tier, t)),
    },
    series: [
      bar(t("pyramid.settled"), "left", null, half(settled, -1), {}),
      bar(t("pyramid.settled"), "right", null, half(settled, 1), {}),
      bar(t("pyramid.waiting"), "left", "#f2c38b", half(waiting, -1), {}),
      bar(t("pyramid.waiting"), "right", "#f2c38b", half(waiting, 1), {
        label: {
          show: true,
          position: "right",
          color: "#172033",
          formatter: ({ dataIndex }: { dataIndex: number }) => String(whole(dataIndex)),
        },
      }),
    ],
  };
}

// -- flow -----------------------------------------------------------------------------------------------------

export function flowTable(flows: readonly FlowLine[], { t }: Reader): ChartTable {
  return {
    columns: [t("flow.before"), t("flow.after"), t("matrix.customers")],
    rows: flows.map((each) => [word("stage", each.before, t), word("stage", each.after, t), each.customers]),
  };
}

export function flowDrawing(flows: readonly FlowLine[], { t }: Reader): Drawing {
  const side = (which: "before" | "after") =>
    STAGES.filter((stage) => flows.some((each) => each[which] === stage)).map((stage) => ({
      name: `${which} ${stage}`,
      depth: which === "before" ? 0 : 1,
      itemStyle: { color: stage === "new" ? "#9dbbea" : DARK[stage], borderColor: "#4a566b" },
    }));
  const label = (name: string): string => word("stage", name.split(" ")[1] ?? "", t);
  return {
    tooltip: { show: false },
    series: [
      {
        type: "sankey",
        left: 8,
        right: 130,
        top: 8,
        bottom: 8,
        nodeGap: 14,
        draggable: false,
        layoutIterations: 0,
        data: [...side("before"), ...side("after")],
        links: flows.map((each) => ({
          source: `before ${each.before}`,
          target: `after ${each.after}`,
          value: each.customers,
        })),
        label: {
          color: "#172033",
          formatter: ({ name, value }: { name: string; value: number }) => `${label(name)} ${value}`,
        },
        lineStyle: { color: "source", opacity: 0.35 },
        emphasis: { focus: "adjacency" },
      },
    ],
  };
}

const DARK: Record<keyof typeof STAGE_COLOURS, string> = {
  exploration: "#8a96a8",
  formation: "#1554c0",
  stable: "#12703a",
  decline: "#d97706",
  exited: "#7a3aa8",
};

// -- customer equity ------------------------------------------------------------------------------------------

export function equityTable(runs: readonly RunLine[], { t, language }: Reader): ChartTable {
  return {
    columns: [
      t("equity.at"),
      t("equity.total"),
      ...TIERS.map((tier) => word("tier", tier, t)),
      t("matrix.customers"),
      t("equity.policy"),
    ],
    rows: runs.flatMap((run) =>
      run.equity === null
        ? []
        : [
            [
              date(run.at, language),
              round(run.equity),
              ...TIERS.map((tier) => round(run.by_tier[tier] ?? 0)),
              run.customers,
              run.policy,
            ],
          ],
    ),
  };
}

export function equityDrawing(runs: readonly RunLine[], { t, language }: Reader): Drawing {
  const known = runs.filter((run) => run.equity !== null);
  return {
    grid: { left: 8, right: 24, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => money(Number(value), language) },
    xAxis: { type: "time" },
    yAxis: { type: "value" },
    series: [
      ...TIERS.map((tier) => ({
        name: word("tier", tier, t),
        type: "line",
        stack: "equity",
        showSymbol: false,
        lineStyle: { width: 1 },
        areaStyle: { opacity: 0.45 },
        itemStyle: { color: TIER_COLOURS[tier] },
        data: known.map((run) => [run.at * 1000, round(run.by_tier[tier] ?? 0)]),
      })),
      {
        name: t("equity.total"),
        type: "line",
        itemStyle: { color: SERIES_COLOURS[5] },
        data: known.map((run) => [run.at * 1000, round(run.equity ?? 0)]),
      },
    ],
  };
}
