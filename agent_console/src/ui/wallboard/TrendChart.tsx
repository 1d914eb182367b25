import { clockTime } from "../../format/figures";
import { type Sample, scaleTop, span_s, stepPath } from "../../state/trend";
import { useText } from "../context";

const WIDTH = 330;
const HEIGHT = 120;
const MARKS = [1, 2 / 3, 1 / 3, 0];

/** Two step lines, told apart by dash as well as by colour. */
export function TrendChart({ trend, now_s }: { trend: readonly Sample[]; now_s: number }) {
  const { t, language } = useText();
  const top = scaleTop(trend);
  const whole_s = span_s(trend, now_s);
  const box = { width: WIDTH, height: HEIGHT, now_s, top, span_s: whole_s };
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
        {MARKS.map((part) => (
          <text
            key={part}
            x={WIDTH * (1 - part)}
            y={HEIGHT + 20}
            textAnchor={part === 0 ? "end" : part === 1 ? "start" : "middle"}
          >
            {clockTime(now_s - part * whole_s, language).slice(0, whole_s < 300 ? 8 : 5)}
          </text>
        ))}
        <path d={stepPath(trend, (each) => each.talking, box)} className="line-talking" />
        <path d={stepPath(trend, (each) => each.waiting, box)} className="line-waiting" />
      </svg>
      {trend.length < 5 && <p className="quiet small">{t("wall.trendEmpty")}</p>}
    </section>
  );
}
