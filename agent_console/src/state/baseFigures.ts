/** How relationships go and what making good brings, as rows to read: nothing is said of too few. Pure. */

import type { BaseFigures, Share } from "../api/types";
import { count, money, percent } from "../format/figures";
import { type Reader, word } from "./relationship";

export interface FigureRow {
  name: string;
  /** Null where too few are known. */
  value: string | null;
  interval: string | null;
  base: string;
}

export interface FigureGroup {
  title: string;
  rows: FigureRow[];
}

export function figureGroups(figures: BaseFigures, reader: Reader): FigureGroup[] {
  const { t, language } = reader;
  const known = (n: number): boolean => n >= figures.enough;
  const number = (n: number): string => count(n, language);
  const row = (name: string, of: Share, base: string): FigureRow => ({
    name,
    value: known(of.n) ? percent(of.value) : null,
    interval: known(of.n) ? `${percent(of.low)} – ${percent(of.high)}` : null,
    base,
  });
  const plain = (key: "stable" | "in_time" | "satisfied" | "repeated"): FigureRow =>
    row(t(`figures.${key}`), figures[key], t(`figures.${key}.of`, { n: number(figures[key].n) }));
  const kept = (key: "kept_repaired" | "kept_failed"): FigureRow =>
    row(t(`figures.${key}`), figures[key], t("figures.kept.of", { n: number(figures[key].n) }));
  const median = known(figures.became_stable) ? figures.periods_to_stable : null;
  const soon: FigureRow = {
    name: t("figures.to_stable"),
    value:
      median === null || figures.period === null ? null : t(`figures.to_stable.${figures.period}`, { value: median }),
    interval: null,
    base: t("figures.to_stable.of", { n: number(figures.became_stable) }),
  };
  const { treated, held_out: held, profit, low, high } = figures.retained;
  const brought: FigureRow = {
    name: t("figures.retained"),
    value: profit === null ? null : money(profit, language),
    interval: profit === null ? null : `${money(low, language)} – ${money(high, language)}`,
    base: t(profit === null ? "figures.retained.few" : "figures.retained.of", {
      treated: number(treated),
      held: number(held),
      enough: figures.enough,
    }),
  };
  const { recovered, declining } = figures;
  const of = { n: number(recovered.n), declining: number(declining) };
  return [
    {
      title: t("figures.cycles"),
      rows: [
        soon,
        plain("stable"),
        ...figures.endings.map(({ pattern, of: part }) =>
          row(word("pattern", pattern, t), part, t("figures.endings.of", { n: number(part.n) })),
        ),
        row(t("figures.recovered"), recovered, t("figures.recovered.of", of)),
        brought,
      ],
    },
    {
      title: t("figures.repairs"),
      rows: [plain("in_time"), plain("satisfied"), kept("kept_repaired"), kept("kept_failed"), plain("repeated")],
    },
  ];
}
