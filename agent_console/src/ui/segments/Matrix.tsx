/** The value matrix and the pyramid; both lead to the customers behind them. */

import { useMemo } from "react";
import type { Cut } from "../../api/loyalty";
import type { Matrix, Pyramid, Tier } from "../../api/types";
import { Chart } from "../../charts/Chart";
import { money, percent } from "../../format/figures";
import {
  cellOf,
  cutOfCell,
  matrixDrawing,
  matrixTable,
  pyramidDrawing,
  pyramidTable,
  ranges,
} from "../../state/segments";
import { word } from "../../state/relationship";
import { useText } from "../context";

export function MatrixChart({ matrix, onCell }: { matrix: Matrix; onCell: (cut: Cut, name: string) => void }) {
  const { t, language } = useText();
  const drawing = useMemo(() => matrixDrawing(matrix, { t, language }), [matrix, t, language]);
  const table = useMemo(() => matrixTable(matrix, { t, language }), [matrix, t, language]);
  const cut = { current: money(matrix.cut.current, language), potential: money(matrix.cut.potential, language) };
  const pick = (current: number, potential: number) => {
    const [x, y] = [matrix.current_edges, matrix.potential_edges].map((edges) => ranges(edges, { t, language }));
    const name = t("segments.cell", { current: x?.[current] ?? "", potential: y?.[potential] ?? "" });
    onCell(cutOfCell(matrix, current, potential), name);
  };
  return (
    <Chart
      title={t("matrix.title")}
      summary={t("matrix.summary", cut)}
      drawing={drawing}
      table={table}
      file="value-matrix"
      height={430}
      onPick={({ data }) => {
        const cell = cellOf(data);
        if (cell) pick(...cell);
      }}
    >
      <p className="quiet small">{t("matrix.hint", cut)}</p>
      <ul className="cell-buttons">
        {matrix.cells.map((each) => (
          <li key={`${each.current} ${each.potential}`}>
            <button type="button" className="hidden-until-focus" onClick={() => pick(each.current, each.potential)}>
              {t("segments.cell", {
                current: ranges(matrix.current_edges, { t, language })[each.current] ?? "",
                potential: ranges(matrix.potential_edges, { t, language })[each.potential] ?? "",
              })}
              : {each.customers}
            </button>
          </li>
        ))}
      </ul>
    </Chart>
  );
}

export function PyramidChart({ pyramid, onTier }: { pyramid: Pyramid; onTier: (tier: Tier) => void }) {
  const { t, language } = useText();
  const drawing = useMemo(() => pyramidDrawing(pyramid, { t, language }), [pyramid, t, language]);
  const table = useMemo(() => pyramidTable(pyramid, { t, language }), [pyramid, t, language]);
  return (
    <Chart
      title={t("pyramid.title")}
      summary={t("pyramid.summary")}
      drawing={drawing}
      table={table}
      file="pyramid"
      height={280}
      onPick={({ name }) => {
        const step = pyramid.steps.find((each) => word("tier", each.tier, t) === name);
        if (step) onTier(step.tier);
      }}
    >
      <p className="quiet small">{t("pyramid.hint", { band: percent(pyramid.band, 0), runs: pyramid.runs })}</p>
      <p className="steps">
        {pyramid.steps.map((step) => (
          <button key={step.tier} type="button" className="link" onClick={() => onTier(step.tier)}>
            {word("tier", step.tier, t)} {step.customers} · {money(step.value, language)}
          </button>
        ))}
      </p>
    </Chart>
  );
}
