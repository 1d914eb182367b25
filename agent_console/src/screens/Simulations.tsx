/** The simulator: order a run, watch it, see one result or compare two. */

import { Spin } from "antd";
import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { client, useLoaded, useText } from "../ui/context";
import { Comparison } from "../ui/simulation/Comparison";
import { OrderForm } from "../ui/simulation/OrderForm";
import { RunList } from "../ui/simulation/RunList";
import "../styles/simulation.css";

const WATCH_MS = 1000;

export function Simulations() {
  const { t } = useText();
  const list = useLoaded("simulations", () => client.simulations());
  const [query, setQuery] = useSearchParams();
  const runs = list.value?.simulations ?? [];
  const picked = query.getAll("of").filter((id) => runs.some((run) => run.id === id && run.state === "done"));
  const under = runs.some((run) => run.state === "waiting" || run.state === "running");
  const { reload } = list;
  useEffect(() => {
    if (!under) return;
    const timer = window.setInterval(reload, WATCH_MS);
    return () => window.clearInterval(timer);
    // `reload` is new at every render and always does the same.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [under]);
  const details = useLoaded(`details ${picked.join(" ")}`, () =>
    Promise.all(picked.map((id) => client.simulation(id))),
  );
  return (
    <div className="page simulations">
      <header className="page-head">
        <h1>{t("sim.title")}</h1>
      </header>
      <p className="quiet">{t("sim.lead")}</p>
      {list.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {list.failed}
        </p>
      )}
      {list.value === null && list.failed === null && <Spin />}
      {list.value !== null && (
        <>
          <div className="sim-top">
            <OrderForm scenarios={list.value.scenarios} onOrdered={reload} />
            <RunList
              runs={runs}
              picked={picked}
              onPicked={(ids) => setQuery(ids.map((id): [string, string] => ["of", id]))}
              onChanged={reload}
            />
          </div>
          {picked.length === 0 && runs.some((run) => run.state === "done") && <p className="quiet">{t("sim.pick")}</p>}
          {details.failed !== null && (
            <p className="needs" role="alert">
              {t("error.load")} {details.failed}
            </p>
          )}
          {picked.length > 0 && details.value === null && details.failed === null && <Spin />}
          {picked.length > 0 && details.value !== null && <Comparison details={details.value} />}
        </>
      )}
    </div>
  );
}
