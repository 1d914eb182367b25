import { clockTime } from "../format/figures";
import { recordsAwaySince } from "../state/notices";
import { useFeed, useStale, useText } from "./context";

export function StaleBanner() {
  const { t, language } = useText();
  const since = useStale();
  const { feed } = useFeed();
  const away = recordsAwaySince(feed.rows.notices);
  return (
    <div role="status" aria-live="assertive" className="stale-region">
      {since !== null && (
        <div className="stale">
          <strong>{t("feed.stale", { time: clockTime(since, language) })}</strong>
          <span>{t("feed.staleHint")}</span>
        </div>
      )}
      {since === null && away !== null && (
        <div className="stale records-away">
          <span>{t("notices.away", { time: clockTime(away, language) })}</span>
          <span>{t("notices.awayHint")}</span>
        </div>
      )}
      {since === null && feed.epoch === null && <div className="connecting">{t("feed.connecting")}</div>}
    </div>
  );
}
