import type { Rows } from "../../api/feed";
import type { Bilingual } from "../../api/types";
import { duration, percent } from "../../format/figures";
import { named } from "../../i18n";
import {
  ABANDON_LIMIT,
  abandonTone,
  agentsByState,
  formulaOf,
  judged,
  type Tone,
  totalsOf,
  waited_s,
} from "../../state/wallboard";
import { useText } from "../context";
import { StateMark, ToneMark } from "../marks";

const TONE_WORDS = { met: "wall.met", near: "wall.near", missed: "wall.missedTarget" } as const;

interface TileProps {
  id: string;
  label: string;
  value: React.ReactNode;
  target: string;
  detail?: string;
  tone: Tone;
  formula: Bilingual | null;
}

function Tile({ id, label, value, target, detail, tone, formula }: TileProps) {
  const { t, language } = useText();
  const text = formula ? named(formula, language, "") : "";
  return (
    <article
      className={`tile tone-edge-${tone}`}
      aria-label={label}
      data-tile={id}
      title={text === "" ? undefined : `${t("wall.formula")}: ${text}`}
    >
      <h2>{label}</h2>
      <div className="tile-value">
        {value}
        <ToneMark tone={tone} size={34} />
        {tone !== "plain" && <span className="hidden">{t(TONE_WORDS[tone])}</span>}
      </div>
      <p className="tile-target">{target}</p>
      {detail !== undefined && <p className="tile-detail">{detail}</p>}
      {text !== "" && <p className="tile-formula">{text}</p>}
    </article>
  );
}

export function Tiles({ rows, now_s }: { rows: Rows; now_s: number }) {
  const { t } = useText();
  const totals = totalsOf(rows);
  const target_s = totals?.target_s ?? null;
  const longest_s = waited_s(totals?.longest_since, now_s);
  const level = totals?.service_level ?? null;
  const target = totals?.target_level ?? null;
  const rate = totals?.abandon_rate ?? null;
  const asa_s = totals?.asa_s ?? null;
  const queues = judged(Object.values(rows.queues), now_s);
  const within =
    queues.targets_s === null
      ? t("wall.noTarget")
      : t("wall.target", { value: [...new Set(queues.targets_s)].map(duration).join("–") });
  const counts = { offered: totals?.offered ?? 0, answered: totals?.answered ?? 0, abandoned: totals?.abandoned ?? 0 };

  return (
    <section className="tiles" aria-label={t("wall.title")}>
      <Tile
        id="waiting"
        label={t("wall.waiting")}
        value={totals?.waiting ?? 0}
        target={t("wall.readyOf", { ready: totals?.agents_ready ?? 0 })}
        tone="plain"
        formula={formulaOf(rows, "waiting")}
      />
      <Tile
        id="longest"
        label={t("wall.longest")}
        value={longest_s === null ? "0:00" : duration(longest_s)}
        target={within}
        tone={queues.longest}
        formula={formulaOf(rows, "longest_since", "longest_waiting", "longest")}
      />
      <Tile
        id="service_level"
        label={t("wall.sl")}
        value={percent(level)}
        target={
          target === null
            ? t("wall.targetsMet", { met: queues.met, of: queues.of })
            : target_s === null
              ? t("wall.target", { value: percent(target, 0) })
              : t("wall.targetWithin", { value: percent(target, 0), seconds: target_s })
        }
        detail={t("wall.answeredOf", counts)}
        tone={queues.level}
        formula={formulaOf(rows, "service_level")}
      />
      <Tile
        id="abandon_rate"
        label={t("wall.abandon")}
        value={percent(rate)}
        target={t("wall.limit", { value: percent(ABANDON_LIMIT, 0) })}
        detail={t("wall.abandonedOf", counts)}
        tone={abandonTone(rate)}
        formula={formulaOf(rows, "abandon_rate")}
      />
      <AgentsTile rows={rows} />
      <Tile
        id="asa"
        label={t("wall.asa")}
        value={duration(asa_s)}
        target={within}
        tone={queues.asa}
        formula={formulaOf(rows, "asa_s", "asa")}
      />
    </section>
  );
}

function AgentsTile({ rows }: { rows: Rows }) {
  const { t } = useText();
  const states = agentsByState(rows.agents).filter(({ state }) => state !== "logged_off");
  return (
    <article className="tile tone-edge-plain" aria-label={t("wall.agents")} data-tile="agents">
      <h2>{t("wall.agents")}</h2>
      <ul className="tile-states">
        {states.map(({ state, count }) => (
          <li key={state} className={count === 0 ? "none" : ""}>
            <StateMark state={state} size={18} />
            <span>{t(`state.${state}`)}</span>
            <strong>{count}</strong>
          </li>
        ))}
      </ul>
    </article>
  );
}
