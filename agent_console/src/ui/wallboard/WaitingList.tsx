import type { Rows } from "../../api/feed";
import { duration } from "../../format/figures";
import { waited_s, waitingList } from "../../state/wallboard";
import { whoCalled } from "../caller";
import { useText } from "../context";
import { StateMark } from "../marks";
import { useNames } from "../names";
import { Tier } from "../Tier";

export function WaitingList({ rows, now_s, limit }: { rows: Rows; now_s: number; limit: number }) {
  const { t } = useText();
  const names = useNames();
  const waiting = waitingList(rows.contacts);
  const queueName = (id: string | null) => (id === null ? "" : names.queue(id));
  return (
    <section className="panel wall-waiting" aria-label={t("wall.waitingList")}>
      <h2>{t("wall.waitingList")}</h2>
      {waiting.length === 0 ? (
        <p className="quiet">{t("wall.nobodyWaits")}</p>
      ) : (
        <ol className="waiting-list">
          {waiting.slice(0, limit).map((contact) => (
            <li key={contact.id}>
              <strong className="waiting-time">
                {duration(waited_s(contact.enqueued_at ?? contact.arrived_at, now_s))}
              </strong>
              <span className="waiting-who">
                {whoCalled(contact)} <Tier tier={contact.tier} />
              </span>
              <span className="quiet waiting-queue">
                {contact.state === "offered" && <StateMark state="reserved" size={12} />} {queueName(contact.queue)}
              </span>
            </li>
          ))}
        </ol>
      )}
      {waiting.length > limit && <p className="quiet">{t("wall.more", { count: waiting.length - limit })}</p>}
    </section>
  );
}
