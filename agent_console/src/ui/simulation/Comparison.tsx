/** One or two simulations side by side: charts, every figure in a table, all of it to take away. */

import { DownloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo } from "react";
import type { SimulationDetail } from "../../api/types";
import { Chart } from "../../charts/Chart";
import { saveFile } from "../../charts/save";
import { csvText } from "../../charts/table";
import {
  type Bars,
  busyBars,
  type Column,
  columnsOf,
  differenceText,
  drawingOf,
  figuresOf,
  figureText,
  levelBars,
  partsOf,
  queueWaitBars,
  tableOf,
  waitBars,
  wholeTable,
} from "../../state/simulation";
import { useText } from "../context";

export function Comparison({ details }: { details: readonly SimulationDetail[] }) {
  const { t } = useText();
  const columns = useMemo(() => columnsOf(details, t), [details, t]);
  const charts = useMemo(
    () =>
      [
        { file: "service-level", title: t("sim.chart.level"), bars: levelBars(columns, t) },
        { file: "waits", title: t("sim.chart.waits"), bars: waitBars(columns, t) },
        { file: "waits-by-queue", title: t("sim.chart.queueWaits"), bars: queueWaitBars(columns) },
        { file: "occupancy", title: t("sim.chart.busy"), bars: busyBars(columns, t) },
      ] as const,
    [columns, t],
  );
  const save = () => {
    const table = wholeTable(columns, t);
    saveFile("simulations.csv", new Blob(["\ufeff", csvText(table)], { type: "text/csv" }));
  };
  return (
    <>
      <Trust details={details} />
      <div className="sim-charts">
        {charts.map((chart) => (
          <BarsChart key={chart.file} {...chart} columns={columns} />
        ))}
      </div>
      <section className="card" aria-label={t("sim.compare")}>
        <header className="page-head">
          <h2>{t("sim.compare")}</h2>
          <Button icon={<DownloadOutlined />} onClick={save}>
            {t("sim.save")}
          </Button>
        </header>
        <FigureTable columns={columns} />
      </section>
    </>
  );
}

/** How well a recorded day is reproduced: what all else rests on. */
function Trust({ details }: { details: readonly SimulationDetail[] }) {
  const { t } = useText();
  return details.map(
    ({ simulation, result }) =>
      result?.reproduced && (
        <p key={simulation.id} className="card sim-trust">
          <strong>{simulation.title}</strong>{" "}
          {t("sim.reproduced", { good: result.reproduced[0] ?? 0, of: result.reproduced[1] ?? 0 })}
          {result.bad_lines.length > 0 && ` ${t("sim.badLines", { count: result.bad_lines.length })}`}
        </p>
      ),
  );
}

function BarsChart(props: { title: string; file: string; bars: Bars; columns: readonly Column[] }) {
  const { t } = useText();
  const { title, file, bars, columns } = props;
  const drawing = useMemo(() => drawingOf(bars, columns, t), [bars, columns, t]);
  const summary = t("sim.chart.summary", { title, columns: columns.map(({ label }) => label).join(", ") });
  return (
    <Chart
      title={title}
      file={file}
      drawing={drawing}
      summary={summary}
      table={tableOf(bars, columns, t)}
      height={300}
    />
  );
}

function FigureTable({ columns }: { columns: readonly Column[] }) {
  const { t } = useText();
  const parts = partsOf(columns, t);
  const two = columns.length === 2;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t("sim.compare")}>
      <table className="plain report sim-figures">
        <thead>
          <tr>
            <th scope="col">{t("sim.figure")}</th>
            {columns.map(({ label }) => (
              <th scope="col" className="number" key={label}>
                {label}
              </th>
            ))}
            {two && (
              <th scope="col" className="number">
                {t("sim.column.difference")}
              </th>
            )}
          </tr>
        </thead>
        {parts.map(([name, of]) => (
          <tbody key={name}>
            <tr className="sim-part">
              <th scope="rowgroup" colSpan={columns.length + 1 + Number(two)}>
                {name}
              </th>
            </tr>
            {figuresOf(columns, of).map((figure) => (
              <tr key={figure} data-figure={figure}>
                <th scope="row">{t(`sim.${figure}`)}</th>
                {columns.map(({ label, outcomes }) => (
                  <td className="number" key={label}>
                    {figureText(figure, of(outcomes)?.[figure], t)}
                  </td>
                ))}
                {two && (
                  <td className="number">
                    {differenceText(
                      figure,
                      columns[0] && of(columns[0].outcomes)?.[figure],
                      columns[1] && of(columns[1].outcomes)?.[figure],
                      t,
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
