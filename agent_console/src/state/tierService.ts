/** Each tier against its own target: the chart and the table. Pure. */

import type { TierReport, TierService } from "../api/types";
import type { Drawing } from "../charts/echarts";
import type { ChartTable } from "../charts/table";
import { money, percent } from "../format/figures";
import { type Reader, round, word } from "./relationship";
import { TIER_COLOURS } from "./segments";
import { whisker } from "./simulation";

export type TargetService = TierService["queues"][number];
/** What is said of a tier as a whole, and of it in a queue with a target of its own. */
type Measured = Pick<TierService, keyof TargetService & keyof TierService>;
type QueueNamer = (id: string) => string;

/** "85 % in 15 s", and that some queues have their own. */
export function targetText(each: Measured & { queues?: readonly TargetService[] }, { t }: Reader): string {
  const target = t("service.target", { level: percent(each.target_level, 0), seconds: each.target_s });
  return each.queues?.length ? t("service.targetOrOwn", { target }) : target;
}

/** "78.4 % (69.2–85.4, 97)", or that there was nobody. */
export function servedText(each: Measured, { t }: Reader): string {
  const { value, low, high, n } = each.served;
  if (value === null) return t("service.nobody");
  return t("service.served", { value: percent(value), low: percent(low), high: percent(high), n });
}

type Others = TierReport["others"];
const seconds = (mean_s: number | null): number | null => (mean_s === null ? null : Math.round(mean_s * 10) / 10);

function measured(each: Parameters<typeof targetText>[0], reader: Reader): ChartTable["rows"][number] {
  return [
    targetText(each, reader),
    each.offered,
    servedText(each, reader),
    seconds(each.mean_wait_s),
    each.mean_handle_s === null ? null : Math.round(each.mean_handle_s),
    each.agents_busiest,
    each.staff_hours,
  ];
}

/** A line for each tier, and one below it for each queue that has a target of its own for it. */
export function serviceTable(
  tiers: readonly TierService[],
  others: Others,
  reader: Reader,
  queueName: QueueNamer,
): ChartTable {
  const { t, language } = reader;
  return {
    columns: [
      t("segments.tier"),
      t("service.targetOf"),
      t("service.offered"),
      t("service.share"),
      t("service.wait"),
      t("service.handle"),
      t("service.busiest"),
      t("service.hours"),
      t("service.cost"),
      t("worth.clp"),
      t("service.costShare"),
    ],
    rows: [
      ...tiers.flatMap((each) => [
        [
          word("tier", each.tier, t),
          ...measured(each, reader),
          money(each.cost, language),
          money(each.value, language),
          each.cost_share === null ? null : percent(each.cost_share),
        ],
        ...each.queues.map((own) => [
          `${word("tier", each.tier, t)} · ${queueName(own.queue)}`,
          ...measured(own, reader),
          ...Array<null>(3).fill(null),
        ]),
      ]),
      [t("service.others"), null, others.offered, null, seconds(others.mean_wait_s), ...Array<null>(6).fill(null)],
    ],
  };
}

/** The share of each tier as a bar, its interval as a line, its target as a mark. */
export function serviceDrawing(tiers: readonly TierService[], { t }: Reader): Drawing {
  const hundred = (share: number): number => round(100 * share);
  const known = (each: TierService): boolean => each.served.value !== null;
  return {
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, data: [t("service.share"), t("service.interval"), t("service.targetOf")] },
    tooltip: { trigger: "item" },
    xAxis: { type: "category", data: tiers.map((each) => word("tier", each.tier, t)), axisTick: { show: false } },
    yAxis: { type: "value", min: 0, max: 100, axisLabel: { formatter: "{value} %" } },
    series: [
      {
        name: t("service.share"),
        type: "bar",
        barMaxWidth: 46,
        data: tiers.map((each) => ({
          value: each.served.value === null ? null : hundred(each.served.value),
          itemStyle: { color: TIER_COLOURS[each.tier] },
        })),
      },
      {
        name: t("service.interval"),
        type: "custom",
        silent: true,
        z: 5,
        itemStyle: { color: "#172033" },
        renderItem: whisker(0, 1),
        data: tiers.map((each, at) =>
          known(each) ? [at, hundred(each.served.low), hundred(each.served.high)] : [at, null, null],
        ),
      },
      {
        name: t("service.targetOf"),
        type: "scatter",
        symbol: "rect",
        symbolSize: [60, 4],
        itemStyle: { color: "#b42318" },
        data: tiers.map((each) => hundred(each.target_level)),
      },
    ],
  };
}
