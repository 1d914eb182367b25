/** The curve of the relationship and the loyalty index, drawn. */

import { useMemo } from "react";
import type { Profile, Theory } from "../../api/types";
import { Chart } from "../../charts/Chart";
import { percent } from "../../format/figures";
import { curveDrawing, curveTable, indexDrawing, indexTable, unknownScores, word } from "../../state/relationship";
import { useText } from "../context";

export function CurveChart({ theory, profile }: { theory: Theory; profile: Profile }) {
  const { t, language } = useText();
  const { relationship } = theory;
  const known = profile.basis === "transactions";
  const made = useMemo(() => {
    if (relationship === null) return null;
    const of = { relationship, money: known };
    return { drawing: curveDrawing(of, { t, language }), table: curveTable(of, { t, language }) };
  }, [relationship, known, t, language]);
  if (relationship === null || made === null) return null;
  return (
    <Chart
      title={t("curve.title")}
      summary={t("curve.summary", {
        metric: known ? t("curve.volume") : t("curve.contacts"),
        count: relationship.stretches.length,
        stage: word("stage", profile.stage, t),
      })}
      drawing={made.drawing}
      table={made.table}
      file={`curve-${profile.customer}`}
      height={340}
    >
      <p className="quiet">
        {t("curve.pattern")}: {relationship.pattern ? word("pattern", relationship.pattern, t) : t("curve.open")}.{" "}
        {t("curve.lag")}
        {!known && ` ${t("curve.contactsOnly")}`}
      </p>
      {relationship.profit_lag && <p className="needs">{t("curve.profitLag")}</p>}
    </Chart>
  );
}

export function IndexChart({ profile }: { profile: Profile }) {
  const { t, language } = useText();
  const drawing = useMemo(() => indexDrawing(profile, { t, language }), [profile, t, language]);
  const table = useMemo(() => indexTable(profile, { t, language }), [profile, t, language]);
  const unknown = unknownScores(profile, t);
  const coverage = percent(profile.coverage, 0);
  return (
    <Chart
      title={t("index.title")}
      summary={t("index.summary", { value: profile.index?.toFixed(1) ?? "–", coverage })}
      drawing={drawing}
      table={table}
      file={`index-${profile.customer}`}
      height={270}
    >
      <p className="quiet">
        {t("index.coverage", { coverage })}
        {unknown.length > 0 && ` ${t("index.missing", { names: unknown.join(", ") })}.`}
      </p>
      {!profile.enough && <p className="needs">{t("index.few")}</p>}
    </Chart>
  );
}
