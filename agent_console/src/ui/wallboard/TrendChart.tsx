import { clockTime } from "../../format/figures";
import { type Sample, scaleTop, stepPath, TREND_S } from "../../state/trend";
import { useText } from "../context";

const WIDTH = 330;
const HEIGHT = 120;
const MARKS_S = [900, 600, 300, 0];

/** Two step lines, told apart by dash as well as by colour. */
export function TrendChart({ trend, now_s }: { trend: readonly Sample[]; now_s: number }) {
  const { t, language } = useText();
  const top = scaleTop(trend);
  const box = { width: WIDTH, height: HEIGHT, now_s, top };
  const last = trend.at(-1);
  return (
    <section className="panel wall-trend" aria-label={t("wall.trend")}>
      <h2>{t("wall.trend")}</h2>
      <p className="legend">
        <span className="legend-waiting">
          <svg width="28" height="10" aria-hidden>
            <path d="M0 5H28" className="line-waiting" />
          </svg>
          {t("wall.waiting")} <strong>{last?.waiting ?? 0}</strong>
        </span>
        <span className="legend-talking">
          <svg width="28" height="10" aria-hidden>
            <path d="M0 5H28" className="line-talking" />
          </svg>
          {t("wall.talking")} <strong>{last?.talking ?? 0}</strong>
        </span>
      </p>
      <svg className="trend" viewBox={`-34 -8 ${WIDTH + 44} ${HEIGHT + 34}`} role="img" aria-label={t("wall.trend")}>
        {[0, top / 2, top].map((value) => {
          const y = HEIGHT * (1 - value / top);
          return (
            <g key={value}>
              <path d={`M0 ${y}H${WIDTH}`} className="grid-line" />
              <text x={-8} y={y + 4} textAnchor="end">
                {value}
              </text>
            </g>
          );
        })}
        {MARKS_S.map((ago_s) => (
          <text
            key={ago_s}
            x={WIDTH * (1 - ago_s / TREND_S)}
            y={HEIGHT + 20}
            textAnchor={ago_s === 0 ? "end" : ago_s === 900 ? "start" : "middle"}
          >
            {clockTime(now_s - ago_s, language).slice(0, 5)}
          </text>
        ))}
        <path d={stepPath(trend, (each) => each.talking, box)} className="line-talking" />
        <path d={stepPath(trend, (each) => each.waiting, box)} className="line-waiting" />
      </svg>
      {trend.length < 5 && <p className="quiet small">{t("wall.trendEmpty")}</p>}
    </section>
  );
}
