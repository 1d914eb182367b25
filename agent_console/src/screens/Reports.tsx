/** Service figures of a period per queue and together, each with its formula: the wallboard's own numbers. */

import { ReloadOutlined } from "@ant-design/icons";
import { Button, Empty, Spin } from "antd";
import { useState } from "react";
import type { ServiceReport } from "../api/types";
import { percent } from "../format/figures";
import { named } from "../i18n";
import { bars, FIGURES, figureText, type FigureName } from "../state/report";
import { client, useLoaded, useText } from "../ui/context";
import { queueName } from "../ui/names";
import { type Period, PeriodPicker, today, week, yesterday } from "../ui/period";

const QUICK = { today, yesterday, week } as const;

export function Reports() {
  const { t } = useText();
  const [period, setPeriod] = useState<Period>(today);
  const [from, to] = [period[0].unix(), period[1].unix()];
  const report = useLoaded(`service ${from} ${to}`, () => client.service(from, to));
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("report.title")}</h1>
      </header>
      <div className="filters">
        <PeriodPicker period={period} onPeriod={setPeriod} />
        {(Object.keys(QUICK) as (keyof typeof QUICK)[]).map((name) => (
          <Button key={name} onClick={() => setPeriod(QUICK[name]())} aria-pressed={same(period, QUICK[name]())}>
            {t(`interactions.${name}`)}
          </Button>
        ))}
        <Button icon={<ReloadOutlined />} onClick={report.reload} loading={report.loading}>
          {t("interactions.refresh")}
        </Button>
      </div>
      {report.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {report.failed}
        </p>
      )}
      {report.value ? <Report report={report.value} /> : report.failed === null && <Spin />}
    </div>
  );
}

function same(one: Period, other: Period): boolean {
  return one[0].isSame(other[0], "day") && one[1].isSame(other[1], "day");
}

function Report({ report }: { report: ServiceReport }) {
  const { t } = useText();
  if (!report.total.offered)
    return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("report.none")} className="card" />;
  return (
    <>
      <Outcomes report={report} />
      <FigureTable report={report} />
    </>
  );
}

const BAR = 100;

function Outcomes({ report }: { report: ServiceReport }) {
  const { t, language } = useText();
  const lines = bars(report.queues);
  const most = Math.max(1, ...lines.map((line) => line.offered));
  return (
    <section className="card outcomes" aria-label={t("report.chart")}>
      <h2>{t("report.chart")}</h2>
      <table className="plain bars">
        <thead>
          <tr>
            <th scope="col">{t("wall.queue")}</th>
            <td />
            {lines[0]?.parts.map(({ name }) => (
              <th scope="col" className="number" key={name}>
                <svg width="12" height="12" aria-hidden>
                  <rect width="12" height="12" className={`bar-${name}`} />
                </svg>{" "}
                {t(`report.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.queues.map((queue, index) => {
            const line = lines[index];
            let x = 0;
            return (
              <tr key={queue.queue}>
                <th scope="row">{queueName(queue, language)}</th>
                <td className="bar-cell" aria-hidden>
                  <svg className="bar" viewBox={`0 0 ${BAR} 10`} preserveAspectRatio="none">
                    {line?.parts.map(({ name, count }) => {
                      const width = (BAR * count) / most;
                      x += width;
                      return <rect key={name} className={`bar-${name}`} x={x - width} width={width} height="10" />;
                    })}
                  </svg>
                </td>
                {line?.parts.map(({ name, count }) => (
                  <td className="number" key={name}>
                    {count}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function FigureTable({ report }: { report: ServiceReport }) {
  const { t, language } = useText();
  const formula = (name: FigureName): string => named(report.formulas[name], language, "");
  return (
    <section className="card" aria-label={t("report.title")}>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("report.title")}>
        <table className="plain report">
          <thead>
            <tr>
              <th scope="col">{t("report.figure")}</th>
              {report.queues.map((queue) => (
                <th scope="col" className="number" key={queue.queue}>
                  {queueName(queue, language)}
                  <small className="quiet">
                    {t("wall.targetWithin", {
                      value: percent(queue.target_level, 0),
                      seconds: queue.target_s,
                    })}
                  </small>
                </th>
              ))}
              <th scope="col" className="number">
                {t("wall.total")}
              </th>
              <th scope="col">{t("report.formula")}</th>
            </tr>
          </thead>
          <tbody>
            {FIGURES.map((name) => (
              <tr key={name} data-figure={name} className={name === "service_level" ? "strong" : ""}>
                <th scope="row">{t(`report.${name}`)}</th>
                {report.queues.map((queue) => (
                  <td className="number" key={queue.queue}>
                    {figureText(name, queue.figures[name])}
                  </td>
                ))}
                <td className="number strong">{figureText(name, report.total[name])}</td>
                <td className="quiet">{formula(name)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
