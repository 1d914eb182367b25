/** The base over time: from which stage to which, and what all customers are worth together. */

import { Select } from "antd";
import { useMemo, useState } from "react";
import { loyalty } from "../../api/loyalty";
import type { RunLine } from "../../api/types";
import { Chart } from "../../charts/Chart";
import { dateTime, money } from "../../format/figures";
import { equityDrawing, equityTable, flowDrawing, flowTable } from "../../state/segments";
import { useLoaded, useText } from "../context";

const NOTHING: never[] = [];

/** Between two reckonings; at first the last one and the one a quarter of a year before. */
export function FlowChart({ runs }: { runs: readonly RunLine[] }) {
  const { t, language } = useText();
  const newest = runs.at(-1)?.at ?? 0;
  const quarter = runs.filter((run) => run.at <= newest - 80 * 86_400).at(-1)?.at ?? runs[0]?.at ?? 0;
  const [from, setFrom] = useState(quarter);
  const [to, setTo] = useState(newest);
  const flow = useLoaded(`flow ${from} ${to}`, () => loyalty.flow(from, to));
  const flows = flow.value ?? NOTHING;
  const drawing = useMemo(() => flowDrawing(flows, { t, language }), [flows, t, language]);
  const table = useMemo(() => flowTable(flows, { t, language }), [flows, t, language]);
  const dates = runs.map((run) => ({ value: run.at, label: dateTime(run.at, language) }));
  const choice = (name: "from" | "to", value: number, choose: (at: number) => void) => (
    <label>
      <span>{t(`flow.${name}`)}</span>
      <Select
        size="small"
        aria-label={`${t("flow.title")}: ${t(`flow.${name}`)}`}
        value={value}
        onChange={choose}
        options={dates.filter((each) => (name === "from" ? each.value <= to : each.value >= from))}
      />
    </label>
  );
  return (
    <Chart
      title={t("flow.title")}
      summary={t("flow.summary")}
      drawing={drawing}
      table={table}
      file="stage-flow"
      height={340}
    >
      <div className="filters small">
        {choice("from", from, setFrom)}
        {choice("to", to, setTo)}
      </div>
      {flow.failed !== null && <p className="needs">{flow.failed}</p>}
    </Chart>
  );
}

export function EquityChart({ runs }: { runs: readonly RunLine[] }) {
  const { t, language } = useText();
  const drawing = useMemo(() => equityDrawing(runs, { t, language }), [runs, t, language]);
  const table = useMemo(() => equityTable(runs, { t, language }), [runs, t, language]);
  const now = runs.at(-1)?.equity ?? null;
  return (
    <Chart
      title={t("equity.title")}
      summary={t("equity.summary")}
      drawing={drawing}
      table={table}
      file="customer-equity"
      height={340}
    >
      <p className="quiet">{now === null ? t("equity.noMoney") : t("equity.now", { value: money(now, language) })}</p>
    </Chart>
  );
}
