import type { Rows } from "../../api/feed";
import { duration } from "../../format/figures";
import { agentGrid, agentsByState } from "../../state/wallboard";
import { useText } from "../context";
import { StateMark } from "../marks";
import { useNames } from "../names";

export function AgentGrid({ rows, now_s, limit }: { rows: Rows; now_s: number; limit: number }) {
  const { t } = useText();
  const names = useNames();
  const agents = agentGrid(rows.agents);
  const loggedOff = agentsByState(rows.agents).find(({ state }) => state === "logged_off")?.count ?? 0;
  return (
    <section className="panel wall-agents" aria-label={t("wall.agentsNow")}>
      <h2>
        {t("wall.agentsNow")}
        {loggedOff > 0 && <small className="quiet"> · {t("wall.loggedOff", { count: loggedOff })}</small>}
      </h2>
      {agents.length === 0 ? (
        <p className="quiet">{t("wall.noAgents")}</p>
      ) : (
        <ul className="agents">
          {agents.slice(0, limit).map((agent) => (
            <li key={agent.id} className={`agent edge-${agent.state}`}>
              <StateMark state={agent.state} size={18} />
              <span className="agent-name">{agent.name}</span>
              <span className="agent-state">
                {agent.state === "not_ready" && agent.reason ? names.reason(agent.reason) : t(`state.${agent.state}`)}
              </span>
              <span className="agent-time">{duration(agent.since == null ? null : now_s - agent.since)}</span>
            </li>
          ))}
        </ul>
      )}
      {agents.length > limit && <p className="quiet">{t("wall.more", { count: agents.length - limit })}</p>}
    </section>
  );
}
