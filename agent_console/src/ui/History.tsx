import type { Interaction } from "../api/types";
import { dateTime, duration } from "../format/figures";
import { customerNumber } from "../state/dial";
import { resultText } from "../state/story";
import { whoCalled } from "./caller";
import { useText } from "./context";
import { Dialable } from "./dial/Dialable";
import { useNames } from "./names";

/** Interactions as a timeline, newest first. */
export function History({
  interactions,
  empty,
  withCustomer = false,
  onOpen,
}: {
  interactions: readonly Interaction[];
  empty: string;
  withCustomer?: boolean;
  onOpen?: (contact: string) => void;
}) {
  const { t, language } = useText();
  const names = useNames();
  if (interactions.length === 0) return <p className="quiet">{empty}</p>;
  return (
    <ol className="history">
      {interactions.map((each) => (
        <li key={each.contact} className={`history-item result-${each.outcome ?? "live"}`}>
          <div className="history-head">
            <time>{dateTime(each.started_at, language)}</time>
            <span className="history-result">{resultText(each.outcome, t)}</span>
            {each.direction === "outbound" && <span className="quiet">{t("history.outbound")}</span>}
            <span className="quiet">{duration(each.talk_s)}</span>
            <Dialable number={customerNumber(each)} bare />
            {onOpen && (
              <button
                type="button"
                className="link"
                aria-label={`${t("story.title")}: ${whoCalled(each)}, ${dateTime(each.started_at, language)}`}
                onClick={() => onOpen(each.contact)}
              >
                {t("story.title")}
              </button>
            )}
          </div>
          <div className="history-line">
            {withCustomer && <strong>{whoCalled(each)}</strong>}
            {each.disposition && <strong>{names.disposition(each.disposition)}</strong>}
            <span>{each.queue === null ? "" : names.queue(each.queue)}</span>
            {!withCustomer && (
              <span className="quiet">
                {each.agent_name ? t("history.with", { agent: each.agent_name }) : t("history.noAgent")}
              </span>
            )}
          </div>
          {each.note && <p className="history-note">{each.note}</p>}
        </li>
      ))}
    </ol>
  );
}
