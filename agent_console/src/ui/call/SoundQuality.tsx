/** How the call sounds, from the worse of its two ends: a word and bars at a glance, the figures on asking. */

import { Tooltip } from "antd";
import type { CallPart } from "../../api/feed";
import { NONE, percent } from "../../format/figures";
import { type Grade, worse } from "../../state/quality";
import { useText } from "../context";
import { useSoundReport } from "./useSoundReport";

const BARS: Readonly<Record<Grade, number>> = { good: 3, fair: 2, poor: 1 };

export function SoundQuality({ call }: { call: CallPart }) {
  const { t } = useText();
  useSoundReport(call);
  const { customer, you } = call.quality;
  const grade = worse(customer?.grade, you?.grade);
  if (grade === null) return null;
  const line = (who: string, end: typeof customer) =>
    end === null
      ? `${who}: ${NONE}`
      : t("call.sound.figures", {
          who,
          score: end.mos.toFixed(1),
          lost: percent(end.lost),
          jitter: end.jitter_ms.toFixed(0),
          trip: end.round_trip_ms === null ? NONE : end.round_trip_ms.toFixed(0),
        });
  const figures = [line(t("call.sound.customer"), customer), line(t("call.sound.you"), you)];
  return (
    <Tooltip
      title={figures.map((each) => (
        <div key={each}>{each}</div>
      ))}
    >
      <p
        className={`sound sound-${grade}`}
        role="status"
        tabIndex={0}
        aria-label={[t(`call.sound.${grade}`), ...figures].join(". ")}
      >
        <svg viewBox="0 0 18 14" width="18" height="14" aria-hidden="true">
          {[1, 2, 3].map((bar) => (
            <rect
              key={bar}
              x={6 * bar - 6}
              y={14 - 4 * bar - 2}
              width="4"
              height={4 * bar + 2}
              rx="1"
              className={bar <= BARS[grade] ? "bar-on" : "bar-off"}
            />
          ))}
        </svg>
        {t(`call.sound.${grade}`)}
      </p>
    </Tooltip>
  );
}
