/** What simulations say, put side by side: columns, table, charts. Pure; names and language come in. */

import type { SimulationDetail, SimulationOutcomes } from "../api/types";
import type { Drawing } from "../charts/echarts";
import type { ChartTable } from "../charts/table";
import { NONE } from "../format/figures";
import type { Translate } from "../i18n";

export const FIGURES = [
  "offered",
  "served",
  "abandoned",
  "blocked",
  "overflowed",
  "callbacks",
  "called_back",
  "callback_wait_s",
  "left",
  "service_level",
  "asa_s",
  "mean_wait_s",
  "p_wait",
  "p95_wait_s",
  "p99_wait_s",
  "occupancy",
  "occupancy_sd",
] as const;
export type Figure = (typeof FIGURES)[number];

const SHARES: ReadonlySet<Figure> = new Set(["service_level", "p_wait", "occupancy", "occupancy_sd"]);
const WAITS = ["asa_s", "mean_wait_s", "p95_wait_s", "p99_wait_s"] as const;

export interface Value {
  readonly mean: number | null;
  readonly half_width: number | null;
}

/** One way things went: a simulation, or for a recorded day also what really was. */
export interface Column {
  readonly label: string;
  readonly outcomes: SimulationOutcomes;
}

/** Two simulations of one title are told apart by a number. */
export function columnsOf(details: readonly SimulationDetail[], t: Translate): Column[] {
  const columns: Column[] = [];
  const add = (label: string, outcomes: SimulationOutcomes) => {
    const alike = columns.filter((column) => column.label === label || column.label.startsWith(`${label} (`)).length;
    columns.push({ label: alike === 0 ? label : `${label} (${String(alike + 1)})`, outcomes });
  };
  for (const { simulation, order, result } of details) {
    if (result === null) continue;
    if (result.real) add(t("sim.column.real"), result.real);
    const changed = order.changes.trim() !== "" || order.policy !== null || order.hold_targets !== null;
    if (result.as_it_was) add(t("sim.column.asItWas"), result.as_it_was);
    if (!result.as_it_was || changed) add(simulation.title, result.outcome);
  }
  return columns;
}

export function figureText(figure: Figure, value: Value | undefined, t: Translate): string {
  if (value?.mean === null || value?.mean === undefined) return NONE;
  const seconds = figure.endsWith("_s");
  const [scale, digits] = SHARES.has(figure) ? [100, 1] : [1, seconds ? 1 : 0];
  const unit = SHARES.has(figure) ? "%" : seconds ? ` ${t("sim.seconds")}` : "";
  const mean = (value.mean * scale).toFixed(digits);
  return value.half_width === null
    ? `${mean}${unit}`
    : `${mean}${unit} ± ${(value.half_width * scale).toFixed(Math.max(1, digits))}`;
}

/** Of exactly two columns, the second less the first; shares in percentage points. */
export function differenceText(figure: Figure, one: Value | undefined, other: Value | undefined, t: Translate): string {
  if (one?.mean === null || one?.mean === undefined || other?.mean === null || other?.mean === undefined) return NONE;
  const gap = (other.mean - one.mean) * (SHARES.has(figure) ? 100 : 1);
  const size = Math.abs(gap).toFixed(1);
  const sign = size === "0.0" ? "" : gap > 0 ? "+" : "−";
  const unit = SHARES.has(figure) ? ` ${t("sim.points")}` : figure.endsWith("_s") ? ` ${t("sim.seconds")}` : "";
  return `${sign}${size}${unit}`;
}

/** Names in the order in which they first come. */
export function namesOf(columns: readonly Column[], part: "queues" | "agents"): string[] {
  return [...new Set(columns.flatMap((column) => Object.keys(column.outcomes[part])))];
}

/** Figures that any column knows, of the whole or of one queue or group. */
export function figuresOf(columns: readonly Column[], of: (outcomes: SimulationOutcomes) => Values): Figure[] {
  return FIGURES.filter((figure) => columns.some((column) => of(column.outcomes)?.[figure]?.mean != null));
}
type Values = Record<string, Value> | undefined;

/** A part of the outcomes with its name: the whole, each queue, each group of agents. */
export type Part = readonly [string, (outcomes: SimulationOutcomes) => Values];

export function partsOf(columns: readonly Column[], t: Translate): Part[] {
  return [
    [t("sim.total"), (outcomes) => outcomes.total],
    ...namesOf(columns, "queues").map((name): Part => [name, (outcomes) => outcomes.queues[name]]),
    ...namesOf(columns, "agents").map((name): Part => [
      t("sim.agentsNamed", { name }),
      (outcomes) => outcomes.agents[name],
    ]),
  ];
}

/** All figures, one row each, with its half-width beside it. */
export function wholeTable(columns: readonly Column[], t: Translate): ChartTable {
  const rows = partsOf(columns, t).flatMap(([name, of]) =>
    figuresOf(columns, of).map((figure) => [
      name,
      t(`sim.${figure}`),
      ...columns.flatMap(({ outcomes }) => {
        const value = of(outcomes)?.[figure];
        return [value?.mean ?? null, value?.half_width ?? null];
      }),
    ]),
  );
  const heads = columns.flatMap(({ label }) => [label, `${label} ${t("sim.halfWidth")}`]);
  return { columns: [t("wall.queue"), t("sim.figure"), ...heads], rows };
}

// charts

export interface Bars {
  readonly categories: readonly string[];
  /** One row per column, one value per category. */
  readonly values: readonly (readonly Value[])[];
  readonly share: boolean;
}

const NOTHING: Value = { mean: null, half_width: null };

export function levelBars(columns: readonly Column[], t: Translate): Bars {
  const queues = namesOf(columns, "queues");
  return {
    categories: [...queues, t("sim.total")],
    values: columns.map(({ outcomes }) => [
      ...queues.map((queue) => outcomes.queues[queue]?.service_level ?? NOTHING),
      outcomes.total.service_level ?? NOTHING,
    ]),
    share: true,
  };
}

export function waitBars(columns: readonly Column[], t: Translate): Bars {
  const waits = WAITS.filter((figure) => columns.some(({ outcomes }) => outcomes.total[figure]?.mean != null));
  return {
    categories: waits.map((figure) => t(`sim.${figure}`)),
    values: columns.map(({ outcomes }) => waits.map((figure) => outcomes.total[figure] ?? NOTHING)),
    share: false,
  };
}

export function queueWaitBars(columns: readonly Column[]): Bars {
  const queues = namesOf(columns, "queues");
  return {
    categories: queues,
    values: columns.map(({ outcomes }) => queues.map((queue) => outcomes.queues[queue]?.asa_s ?? NOTHING)),
    share: false,
  };
}

export function busyBars(columns: readonly Column[], t: Translate): Bars {
  const groups = namesOf(columns, "agents");
  return {
    categories: [...groups, t("sim.total")],
    values: columns.map(({ outcomes }) => [
      ...groups.map((group) => outcomes.agents[group]?.occupancy ?? NOTHING),
      outcomes.total.occupancy ?? NOTHING,
    ]),
    share: true,
  };
}

/** Columns as groups of bars with whiskers. */
export function drawingOf(bars: Bars, columns: readonly Column[], t: Translate): Drawing {
  const scale = bars.share ? 100 : 1;
  const shown = (value: number | null): number | null => (value === null ? null : round(value * scale));
  return {
    aria: { enabled: false },
    grid: { left: 56, right: 16, top: 58, bottom: 56 },
    legend: { top: 0, left: 0, data: columns.map(({ label }) => label) },
    tooltip: {
      trigger: "item",
      formatter: ({ seriesIndex, dataIndex }: { seriesIndex: number; dataIndex: number }) => {
        const column = seriesIndex % columns.length;
        const value = bars.values[column]?.[dataIndex] ?? NOTHING;
        const text = figureText(bars.share ? "service_level" : "asa_s", value, t);
        return `${bars.categories[dataIndex] ?? ""}\n${columns[column]?.label ?? ""}: ${text}`;
      },
    },
    xAxis: {
      type: "category",
      data: bars.categories,
      axisLabel: { interval: 0, hideOverlap: false, width: 78, overflow: "break" },
    },
    yAxis: {
      type: "value",
      name: bars.share ? "%" : t("sim.seconds"),
      min: 0,
      max: bars.share ? 100 : topOf(bars),
    },
    series: [
      ...columns.map(({ label }, place) => ({
        type: "bar",
        name: label,
        barGap: "10%",
        barMaxWidth: 46,
        data: bars.values[place]?.map(({ mean }) => shown(mean)) ?? [],
      })),
      ...columns.map(({ label }, place) => ({
        type: "custom",
        name: label,
        silent: true,
        z: 5,
        itemStyle: { color: "#172033" },
        renderItem: whisker(place, columns.length),
        data: bars.values[place]?.map((value, at) => [at, ...ends(value, scale)]) ?? [],
      })),
    ],
  };
}

function ends({ mean, half_width }: Value, scale: number): [number | null, number | null] {
  if (mean === null || half_width === null) return [null, null];
  return [round(Math.max(0, mean - half_width) * scale), round((mean + half_width) * scale)];
}

/** A round number that no whisker reaches beyond. */
function topOf(bars: Bars): number {
  const ends = bars.values.flat().map(({ mean, half_width }) => (mean ?? 0) + (half_width ?? 0));
  const top = Math.max(1, ...ends);
  const step = 10 ** Math.floor(Math.log10(top)) / 2;
  return Math.ceil(top / step) * step;
}

interface Api {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => number[];
  size: (span: [number, number]) => number[];
}

/** A whisker over the bar of one column among so many; as ECharts lays bars out (10 % gap, 20 % between groups). */
export function whisker(place: number, count: number) {
  return (_: unknown, api: Api) => {
    const [low, high] = [api.value(1), api.value(2)];
    if (!Number.isFinite(low) || !Number.isFinite(high)) return null;
    const band = api.size([1, 0])[0] ?? 0;
    const width = Math.min(46, (band * 0.8) / (count + 0.1 * (count - 1)));
    const shift = (place - (count - 1) / 2) * width * 1.1;
    const at = (value: number): [number, number] => {
      const [x = 0, y = 0] = api.coord([api.value(0), value]);
      return [x + shift, y];
    };
    const [[x, top], [, bottom]] = [at(high), at(low)];
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: "line",
      shape: { x1, y1, x2, y2 },
      style: { stroke: "#172033", lineWidth: 1.5 },
    });
    return {
      type: "group",
      children: [line(x, top, x, bottom), line(x - 5, top, x + 5, top), line(x - 5, bottom, x + 5, bottom)],
    };
  };
}

export function tableOf(bars: Bars, columns: readonly Column[], t: Translate): ChartTable {
  const scale = bars.share ? 100 : 1;
  const unit = bars.share ? "%" : t("sim.seconds");
  return {
    columns: ["", ...columns.flatMap(({ label }) => [`${label} (${unit})`, "±"])],
    rows: bars.categories.map((category, at) => [
      category,
      ...columns.flatMap((_, place) => {
        const value = bars.values[place]?.[at] ?? NOTHING;
        return [value.mean, value.half_width].map((each) => (each === null ? null : round(each * scale)));
      }),
    ]),
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** What the progress bar shows, 0 to 100. */
export function progressOf(done: number, of: number): number {
  return of === 0 ? 0 : Math.round((100 * done) / of);
}
