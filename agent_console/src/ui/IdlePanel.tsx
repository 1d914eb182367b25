import type { AgentRow, CallFailed } from "../api/feed";
import { duration } from "../format/figures";
import { waited_s } from "../state/wallboard";
import { CallFailedNote } from "./CallFailedNote";
import { client, useFeed, useLoaded, useNow, useText } from "./context";
import { History } from "./History";
import { queueName } from "./names";

/** Nothing on the phone: what waits in the queues, and the agent's own last calls. */
export function IdlePanel({ own, agent, failed }: { own: AgentRow | null; agent: string; failed: CallFailed | null }) {
  const { t, language } = useText();
  const { feed } = useFeed();
  const now_s = useNow();
  const queues = Object.values(feed.rows.queues).sort((a, b) => a.name.localeCompare(b.name));
  // A new list after every call handled.
  const recent = useLoaded(`recent ${own?.handled ?? 0} ${own?.state ?? ""}`, () =>
    client.interactions({ agent, limit: 5 }),
  );
  return (
    <>
      {failed && <CallFailedNote failed={failed} />}
      <article className="card idle">
        <h2>{t("idle.title")}</h2>
        <p className="quiet">{t(own?.state === "ready" ? "idle.ready" : "idle.notReady")}</p>
      </article>
      <article className="card" aria-label={t("idle.queues")}>
        <h3>{t("idle.queues")}</h3>
        {queues.length === 0 ? (
          <p className="quiet">{t("idle.noQueues")}</p>
        ) : (
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t("wall.queue")}</th>
                <th scope="col" className="number">
                  {t("wall.waiting")}
                </th>
                <th scope="col" className="number">
                  {t("wall.longest")}
                </th>
                <th scope="col" className="number">
                  {t("wall.readyAgents")}
                </th>
              </tr>
            </thead>
            <tbody>
              {queues.map((queue) => (
                <tr key={queue.id}>
                  <td>{queueName(queue, language)}</td>
                  <td className="number strong">{queue.waiting}</td>
                  <td className="number">{duration(waited_s(queue.longest_since, now_s))}</td>
                  <td className="number">{queue.agents_ready}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </article>
      <article className="card" aria-label={t("idle.recent")}>
        <h3>{t("idle.recent")}</h3>
        {recent.failed !== null && <p className="needs">{recent.failed}</p>}
        {recent.value && <History interactions={recent.value} empty={t("idle.noRecent")} withCustomer />}
      </article>
    </>
  );
}
