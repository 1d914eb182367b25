/** The simulations there are: how far each is, two to be ticked for comparison. */

import { DeleteOutlined, StopOutlined } from "@ant-design/icons";
import { Button, Checkbox, Empty, Popconfirm, Progress } from "antd";
import type { SimulationSummary } from "../../api/types";
import { dateTime } from "../../format/figures";
import { progressOf } from "../../state/simulation";
import { client, useAct, useText } from "../context";

export function RunList(props: {
  runs: readonly SimulationSummary[];
  picked: readonly string[];
  onPicked: (picked: string[]) => void;
  onChanged: () => void;
}) {
  const { t, language } = useText();
  const act = useAct();
  const pick = (id: string, on: boolean) =>
    props.onPicked(on ? [...props.picked, id].slice(-2) : props.picked.filter((each) => each !== id));
  const forget = async (id: string) => {
    pick(id, false);
    await changed(act(() => client.forgetSimulation(id)));
  };
  const changed = async (done: Promise<boolean>) => {
    if (await done) props.onChanged();
  };
  if (props.runs.length === 0)
    return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("sim.none")} className="card" />;
  return (
    <section className="card" aria-label={t("sim.list")}>
      <h2>{t("sim.list")}</h2>
      <div className="scroll sim-list" tabIndex={0} role="region" aria-label={t("sim.list")}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t("sim.compare")}</th>
              <th scope="col">{t("sim.name")}</th>
              <th scope="col">{t("sim.state")}</th>
              <th scope="col">{t("sim.by")}</th>
              <th scope="col">{t("sim.when")}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {props.runs.map((run) => (
              <tr key={run.id} data-state={run.state}>
                <td>
                  <Checkbox
                    checked={props.picked.includes(run.id)}
                    disabled={run.state !== "done"}
                    aria-label={`${t("sim.compare")}: ${run.title}`}
                    onChange={(event) => pick(run.id, event.target.checked)}
                  />
                </td>
                <th scope="row">
                  {run.title}
                  {run.why !== "" && <small className="needs sim-why">{run.why}</small>}
                </th>
                <td>
                  <State run={run} />
                </td>
                <td>{run.by}</td>
                <td>
                  <time>{dateTime(run.ordered_at, language)}</time>
                </td>
                <td className="number">
                  {run.state === "waiting" || run.state === "running" ? (
                    <Button
                      size="small"
                      icon={<StopOutlined />}
                      onClick={() => void changed(act(() => client.cancelSimulation(run.id)))}
                    >
                      {t("sim.cancel")}
                    </Button>
                  ) : (
                    <Popconfirm
                      title={t("sim.forgetAsk", { title: run.title })}
                      okText={t("sim.forget")}
                      onConfirm={() => void forget(run.id)}
                    >
                      <Button
                        size="small"
                        type="text"
                        icon={<DeleteOutlined />}
                        aria-label={`${t("sim.forget")}: ${run.title}`}
                      />
                    </Popconfirm>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function State({ run }: { run: SimulationSummary }) {
  const { t } = useText();
  if (run.state !== "running") return <>{t(`sim.state.${run.state}`)}</>;
  return (
    <>
      <Progress
        percent={progressOf(run.done, run.of)}
        size="small"
        showInfo={false}
        aria-label={`${t("sim.state.running")}: ${run.title}`}
      />
      {run.of > 0 && <small className="quiet">{t("sim.progress", { done: run.done, of: run.of })}</small>}
    </>
  );
}
