/** Figures of the whole base: how relationships go, and what making good brings. */

import { Select, Spin } from "antd";
import { Fragment, useState } from "react";
import { loyalty } from "../../api/loyalty";
import { type FigureRow, figureGroups } from "../../state/baseFigures";
import { useLoaded, useText } from "../context";

const SPANS = [28, 91, 365] as const;

export function BaseFiguresCard() {
  const { t, language } = useText();
  const [days, setDays] = useState<number>(365);
  const report = useLoaded(`base figures ${days}`, () => loyalty.figures(days));
  return (
    <section className="card base-figures" aria-label={t("figures.title")}>
      <div className="members-head">
        <h2>{t("figures.title")}</h2>
        <div className="filters small end">
          <label>
            <span>{t("service.span")}</span>
            <Select
              size="small"
              aria-label={`${t("figures.title")}: ${t("service.span")}`}
              value={days}
              onChange={setDays}
              options={SPANS.map((each) => ({ value: each, label: t("service.days", { days: each }) }))}
            />
          </label>
        </div>
      </div>
      {report.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {report.failed}
        </p>
      )}
      {report.value === null && report.failed === null && <Spin />}
      {report.value && (
        <>
          <p className="quiet small">
            {t("figures.note")} {t("figures.fewest", { enough: report.value.figures.enough })}
          </p>
          <div className="scroll" tabIndex={0} role="region" aria-label={t("figures.title")}>
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">{t("figures.figure")}</th>
                  <th scope="col" className="number">
                    {t("figures.value")}
                  </th>
                  <th scope="col" className="number">
                    {t("figures.interval")}
                  </th>
                  <th scope="col">{t("figures.base")}</th>
                </tr>
              </thead>
              <tbody>
                {figureGroups(report.value.figures, { t, language }).map((group) => (
                  <Fragment key={group.title}>
                    <tr>
                      <th scope="colgroup" colSpan={4} className="figure-group">
                        {group.title}
                      </th>
                    </tr>
                    {group.rows.map((row) => (
                      <Line key={row.name} row={row} />
                    ))}
                  </Fragment>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}

function Line({ row }: { row: FigureRow }) {
  const { t } = useText();
  return (
    <tr>
      <th scope="row">{row.name}</th>
      <td className="number">{row.value ?? <span className="quiet">{t("figures.unknown")}</span>}</td>
      <td className="number">{row.interval ?? ""}</td>
      <td className="quiet">{row.base}</td>
    </tr>
  );
}
