/** The figures of the picture as a table: where callers came, where they hung up, which way they went. */

import { Empty } from "antd";
import { useMemo } from "react";
import type { FlowDetail, LiveFlow, Traffic } from "../api/flows";
import { percent } from "../format/figures";
import { useText } from "../ui/context";
import { figures, loss } from "./picture";

interface TableProps {
  flow: FlowDetail;
  traffic: Traffic;
  live: LiveFlow | undefined;
  day: "today" | "yesterday";
  /** Only this node's ways on are listed; all when empty. */
  selected: string;
}

export function TrafficTable({ flow, traffic, live, day, selected }: TableProps) {
  const { t } = useText();
  const nodes = useMemo(() => {
    const order = (flow.drawing?.boxes ?? []).map((box) => box.node);
    const known = [...figures(live, traffic)].filter(([node]) => selected === "" || node === selected);
    return known.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  }, [flow.drawing, live, traffic, selected]);
  const ways = traffic.ways.filter((way) => selected === "" || way.source === selected || way.target === selected);
  const drawn = new Set((flow.drawing?.lines ?? []).map((line) => `${line.source}>${line.target}`));
  const name = t(`interactions.${day}`);
  return (
    <div className="flow-tables">
      <section className="card" aria-label={t("flow.nodes")}>
        <h2>
          {t("flow.nodes")} · {name}
        </h2>
        {nodes.length === 0 ? (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("flow.nobody")} />
        ) : (
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t("flow.node")}</th>
                <th scope="col" className="number">
                  {t("flow.col.now")}
                </th>
                <th scope="col" className="number">
                  {t("flow.col.talking")}
                </th>
                <th scope="col" className="number">
                  {t("flow.col.visits")}
                </th>
                <th scope="col" className="number">
                  {t("flow.col.lost")}
                </th>
                <th scope="col" className="number">
                  {t("flow.col.share")}
                </th>
              </tr>
            </thead>
            <tbody>
              {nodes.map(([node, each]) => (
                <tr key={node}>
                  <th scope="row">{node}</th>
                  <td className="number">{each.callers}</td>
                  <td className="number">{each.talking}</td>
                  <td className="number">{each.visits}</td>
                  <td className="number">{each.hangUps}</td>
                  <td className="number">{each.visits > 0 ? percent(loss(each)) : "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <section className="card" aria-label={t("flow.ways")}>
        <h2>
          {t("flow.ways")} · {name}
        </h2>
        {ways.length === 0 ? (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("flow.nobody")} />
        ) : (
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t("flow.from")}</th>
                <th scope="col">{t("flow.to")}</th>
                <th scope="col" className="number">
                  {t("flow.col.callers")}
                </th>
              </tr>
            </thead>
            <tbody>
              {ways.map((way) => (
                <tr key={`${way.source}>${way.target}`}>
                  <td>{way.source === "" ? t("flow.entry") : way.source}</td>
                  <td>
                    {way.target}
                    {!drawn.has(`${way.source}>${way.target}`) && (
                      <small className="quiet"> {t("flow.notDrawn")}</small>
                    )}
                  </td>
                  <td className="number">{way.count}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  );
}
