/** Agents by skills, edited by keyboard: a digit sets a level, arrows move, each change is saved. */

import { App } from "antd";
import { type KeyboardEvent, useRef, useState } from "react";
import type { RoutingBoard } from "../../api/types";
import { levelOf, neighbour, withLevel } from "../../state/routing";
import { client, problemText, useText } from "../context";

export function SkillMatrix({ board }: { board: RoutingBoard }) {
  const { t } = useText();
  const { message } = App.useApp();
  const table = useRef<HTMLTableElement>(null);
  const [levels, setLevels] = useState(() => new Map(board.agents.map((agent) => [agent.id, agent.skills])));
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  // One agent's changes are sent one after another, so that the last key pressed is what stays.
  const underWay = useRef(new Map<string, Promise<void>>());

  const save = (agent: string, skills: Record<string, number>, before: Record<string, number>) => {
    setLevels((all) => new Map(all).set(agent, skills));
    const sent = (underWay.current.get(agent) ?? Promise.resolve()).then(async () => {
      try {
        await client.changeSkills(agent, skills);
      } catch (error) {
        setLevels((all) => new Map(all).set(agent, before));
        void message.error({ content: problemText(error, t), duration: 6 });
      }
    });
    underWay.current.set(agent, sent);
  };

  const onKey = (event: KeyboardEvent, row: number, column: number) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const agent = board.agents[row];
    const skill = board.skills[column];
    const to = neighbour(event.key, [row, column], board.agents.length, board.skills.length);
    if (to !== null) {
      event.preventDefault();
      setAt(to);
      table.current?.querySelector<HTMLElement>(`[data-cell="${to[0]}.${to[1]}"]`)?.focus();
      return;
    }
    const level = levelOf(event.key);
    if (level === null || agent === undefined || skill === undefined) return;
    event.preventDefault();
    const before = levels.get(agent.id) ?? {};
    if ((before[skill] ?? 0) !== level) save(agent.id, withLevel(before, skill, level), before);
  };

  return (
    <>
      <p className="quiet small" id="routing-skills-help">
        {t("routing.skills.help")}
      </p>
      <div className="matrix-frame">
        <table className="plain matrix" ref={table} role="grid" aria-describedby="routing-skills-help">
          <thead>
            <tr>
              <th scope="col">{t("routing.agent")}</th>
              {board.skills.map((skill) => (
                <th scope="col" key={skill} className="number">
                  {skill}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {board.agents.map((agent, row) => (
              <tr key={agent.id}>
                <th scope="row">
                  {agent.name} <span className="quiet small">{agent.team}</span>
                </th>
                {board.skills.map((skill, column) => {
                  const level = levels.get(agent.id)?.[skill] ?? 0;
                  return (
                    <td
                      key={skill}
                      role="gridcell"
                      data-cell={`${row}.${column}`}
                      className={`number level level-${level}`}
                      tabIndex={at[0] === row && at[1] === column ? 0 : -1}
                      aria-label={`${t("routing.cell", { agent: agent.name, skill })} ${level}`}
                      onFocus={() => setAt([row, column])}
                      onKeyDown={(event) => onKey(event, row, column)}
                    >
                      {level === 0 ? "–" : level}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
