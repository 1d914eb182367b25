/** Charts and tables of one customer's theory. Pure: the figures are the server's, only their drawing is made here. */

import type { Drawing } from "../charts/echarts";
import type { ChartTable } from "../charts/table";
import { SERIES_COLOURS } from "../charts/theme";
import type { Estimate, Profile, Relationship, Stage } from "../api/types";
import { date, money, percent } from "../format/figures";
import { isTextKey, type Translate } from "../i18n";
import type { Language } from "../api/types";

export interface Reader {
  t: Translate;
  language: Language;
}

/** The name of a code under a prefix (`stage.stable`), or the code where the dictionary has none. */
export function word(prefix: string, code: string, t: Translate): string {
  const key = `${prefix}.${code}`;
  return isTextKey(key) ? t(key) : code;
}

/** Why we call a customer who did not ask for it; every other kind of case answers to what he did. */
export const isOccasion = (kind: string): boolean =>
  ["welcome", "onboarding", "review", "follow_up", "development"].includes(kind);

export const STAGE_COLOURS: Record<Stage, string> = {
  exploration: "#eef2f7",
  formation: "#dbe7fb",
  stable: "#d9efe0",
  decline: "#fbe3cf",
  exited: "#e6e0e4",
};

/** Which stretch of time a chart of these periods shows, and whether money is known at all. */
export interface CurveOf {
  relationship: Relationship;
  money: boolean;
}

export function curveTable({ relationship, money: known }: CurveOf, { t, language }: Reader): ChartTable {
  return {
    columns: [
      t("curve.from"),
      t("curve.until"),
      known ? t("curve.volume") : t("curve.contacts"),
      ...(known ? [t("curve.profit")] : []),
      t("curve.smoothed"),
      t("curve.level"),
      t("curve.drawdown"),
      t("curve.stage"),
    ],
    rows: relationship.stretches.map((each) => [
      date(each.from_at, language),
      date(each.to_at, language),
      round(each.volume),
      ...(known ? [round(each.profit)] : []),
      round(each.smoothed),
      percent(each.level, 0),
      percent(each.drawdown, 0),
      word("stage", each.stage, t),
    ]),
  };
}

export function curveDrawing({ relationship, money: known }: CurveOf, { t, language }: Reader): Drawing {
  const middle = (each: { from_at: number; to_at: number }): number => ((each.from_at + each.to_at) / 2) * 1000;
  const line = (name: string, of: (each: Relationship["stretches"][number]) => number, more: object = {}) => ({
    name,
    type: "line",
    showSymbol: false,
    data: relationship.stretches.map((each) => [middle(each), round(of(each))]),
    ...more,
  });
  const bands = relationship.bands.map((band) => [
    { xAxis: band.from_at * 1000, name: word("stage", band.stage, t), itemStyle: { color: STAGE_COLOURS[band.stage] } },
    { xAxis: band.to_at * 1000 },
  ]);
  const [first, last] = [relationship.bands[0], relationship.bands.at(-1)];
  return {
    grid: { left: 8, right: 16, top: 44, bottom: 30, containLabel: true },
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "axis", valueFormatter: (value: unknown) => money(Number(value), language) },
    xAxis: { type: "time", min: (first?.from_at ?? 0) * 1000, max: (last?.to_at ?? 0) * 1000 },
    yAxis: { type: "value" },
    series: [
      line(known ? t("curve.volume") : t("curve.contacts"), (each) => each.volume, {
        lineStyle: { width: 1.5, type: "dashed" },
        markArea: {
          silent: true,
          label: { color: "#172033", position: "insideTop", fontSize: 12 },
          data: bands,
        },
        markLine: {
          silent: true,
          symbol: "none",
          lineStyle: { color: "#8a96a8", type: "dotted" },
          label: { formatter: t("curve.reference"), position: "insideEndTop", color: "#4a566b" },
          data: [{ yAxis: round(relationship.reference) }],
        },
      }),
      line(t("curve.smoothed"), (each) => each.smoothed, { lineStyle: { width: 3 } }),
      ...(known ? [line(t("curve.profit"), (each) => each.profit)] : []),
    ],
  };
}

/** One row per score: the points it gives and the most it could give. */
export function indexTable(profile: Profile, { t }: Reader): ChartTable {
  return {
    columns: [t("index.title"), t("index.points"), t("index.most"), t("index.score"), t("index.weight")],
    rows: [
      ...profile.contributions.map((each) => [
        word("score", each.name, t),
        round(each.points),
        round(100 * each.weight),
        round(each.score),
        percent(each.weight, 0),
      ]),
      ...(profile.index === null ? [] : [[t("index.total"), round(profile.index), 100, null, "100%"]]),
    ],
  };
}

/** A waterfall: each score adds its points to those before it; what it misses is drawn behind. */
export function indexDrawing(profile: Profile, { t }: Reader): Drawing {
  const names = [...profile.contributions.map((each) => word("score", each.name, t)), t("index.total")];
  let sum = 0;
  const begins = profile.contributions.map((each) => (sum += each.points) - each.points);
  return {
    grid: { left: 8, right: 40, top: 34, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, data: [t("index.points"), t("index.lost")] },
    tooltip: { trigger: "item" },
    xAxis: { type: "value", min: 0, max: 100 },
    yAxis: { type: "category", data: names, inverse: true, axisTick: { show: false } },
    series: [
      {
        type: "bar",
        stack: "index",
        silent: true,
        itemStyle: { color: "transparent" },
        data: [...begins.map(round), 0],
      },
      {
        name: t("index.points"),
        type: "bar",
        stack: "index",
        barMaxWidth: 26,
        data: [
          ...profile.contributions.map((each) => ({
            value: round(each.points),
            itemStyle: { color: SERIES_COLOURS[0] },
          })),
          { value: round(profile.index ?? 0), itemStyle: { color: SERIES_COLOURS[2] } },
        ],
        label: { show: true, position: "inside", color: "#ffffff", formatter: "{c}" },
      },
      {
        name: t("index.lost"),
        type: "bar",
        stack: "index",
        itemStyle: { color: "#c9d2de" },
        data: [...profile.contributions.map((each) => round(100 * each.weight - each.points)), 0],
      },
    ],
  };
}

/** The scores of the theory that nothing is known of. */
export function unknownScores(profile: Profile, t: Translate): string[] {
  const known = new Set<string>(profile.contributions.map((each) => each.name));
  return ["value", "satisfaction", "trust", "switching_cost", "behaviour"]
    .filter((name) => !known.has(name))
    .map((name) => word("score", name, t));
}

const valued = (estimates: readonly Estimate[]) => estimates.filter((each) => each.value !== null);

export function worthTable(estimates: readonly Estimate[], { t }: Reader): ChartTable {
  return {
    columns: [t("worth.method"), t("worth.value"), t("worth.low"), t("worth.high")],
    rows: valued(estimates).map((each) => [
      word("method", each.method, t),
      round(each.value ?? 0),
      each.p10 === null ? null : round(each.p10),
      each.p90 === null ? null : round(each.p90),
    ]),
  };
}

/** A point per method, its interval as a bar behind. */
export function worthDrawing(estimates: readonly Estimate[], { t, language }: Reader): Drawing {
  const shown = valued(estimates);
  const span = (each: Estimate) => [each.p10 ?? each.value ?? 0, each.p90 ?? each.value ?? 0] as const;
  return {
    grid: { left: 8, right: 24, top: 34, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, data: [t("worth.value"), t("worth.interval")] },
    tooltip: { trigger: "item", valueFormatter: (value: unknown) => money(Number(value), language) },
    xAxis: { type: "value" },
    yAxis: {
      type: "category",
      inverse: true,
      data: shown.map((each) => word("method", each.method, t)),
      axisLabel: { width: 190, overflow: "break" },
    },
    series: [
      {
        type: "bar",
        stack: "interval",
        silent: true,
        itemStyle: { color: "transparent" },
        data: shown.map((each) => round(span(each)[0])),
      },
      {
        name: t("worth.interval"),
        type: "bar",
        stack: "interval",
        barMaxWidth: 14,
        itemStyle: { color: "#9dbbea" },
        data: shown.map((each) => round(span(each)[1] - span(each)[0])),
      },
      {
        name: t("worth.value"),
        type: "scatter",
        symbolSize: 12,
        itemStyle: { color: SERIES_COLOURS[0] },
        data: shown.map((each, place) => [round(each.value ?? 0), place]),
      },
    ],
  };
}

/** Two decimals are more than any of these figures knows. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
