/** How each tier is served against its own target, the staff that takes, and what serving costs. */

import { Select, Spin } from "antd";
import { useMemo, useState } from "react";
import { loyalty } from "../../api/loyalty";
import type { TierService } from "../../api/types";
import { Chart } from "../../charts/Chart";
import { percent } from "../../format/figures";
import { serviceDrawing, servedText, serviceTable, targetText } from "../../state/tierService";
import { word } from "../../state/relationship";
import { useLoaded, useText } from "../context";
import { useNames } from "../names";

const SPANS = [7, 28, 91, 365] as const;
const NOTHING: never[] = [];
const NOBODY = { offered: 0, mean_wait_s: null };

export function TierServiceChart() {
  const { t, language } = useText();
  const [days, setDays] = useState<number>(28);
  const report = useLoaded(`tier service ${days}`, () => loyalty.service(days));
  const tiers = report.value?.tiers ?? NOTHING;
  const others = report.value?.others ?? NOBODY;
  const drawing = useMemo(() => serviceDrawing(tiers, { t, language }), [tiers, t, language]);
  const { queue } = useNames();
  const table = useMemo(() => serviceTable(tiers, others, { t, language }, queue), [tiers, others, t, language, queue]);
  return (
    <Chart
      title={t("service.title")}
      summary={t("service.summary")}
      drawing={drawing}
      table={table}
      file="tier-service"
      height={300}
    >
      <div className="filters small">
        <label>
          <span>{t("service.span")}</span>
          <Select
            size="small"
            aria-label={t("service.span")}
            value={days}
            onChange={setDays}
            options={SPANS.map((each) => ({ value: each, label: t("service.days", { days: each }) }))}
          />
        </label>
      </div>
      {report.failed !== null && <p className="needs">{report.failed}</p>}
      {report.value === null && report.failed === null && <Spin />}
      {report.value && tiers.every((each) => each.offered === 0) && <p className="quiet">{t("service.none")}</p>}
      <Staff tiers={tiers} />
      {others.mean_wait_s !== null && (
        <p className="quiet small">
          {t("service.disparity", {
            tiers: tiers
              .filter((each) => each.mean_wait_s !== null)
              .map((each) => `${word("tier", each.tier, t)} ${(each.mean_wait_s ?? 0).toFixed(1)}`)
              .join(", "),
            others: others.mean_wait_s.toFixed(1),
            count: others.offered,
          })}
        </p>
      )}
    </Chart>
  );
}

/** What each tier's promise takes and costs, in a line each. */
function Staff({ tiers }: { tiers: readonly TierService[] }) {
  const { t, language } = useText();
  const { queue } = useNames();
  const reader = { t, language };
  return (
    <ul className="tier-service small">
      {tiers
        .filter((each) => each.offered > 0)
        .map((each) => (
          <li key={each.tier} data-tier={each.tier}>
            <strong>{word("tier", each.tier, t)}</strong>{" "}
            {t("service.line", { target: targetText(each, reader), served: servedText(each, reader) })}{" "}
            {each.staff_hours !== null &&
              t("service.staff", { hours: each.staff_hours, agents: each.agents_busiest ?? 0 })}{" "}
            {each.cost_share !== null && t("service.costs", { share: percent(each.cost_share) })}
            {each.queues.map((own) => (
              <div key={own.queue} data-queue={own.queue}>
                {t("service.ownTarget", {
                  queue: queue(own.queue),
                  target: targetText(own, reader),
                  served: servedText(own, reader),
                })}
              </div>
            ))}
          </li>
        ))}
    </ul>
  );
}
