/** Open repair cases and calls to make: who makes good, by when, what is overdue; an agent's own, or everybody's. */

import { ReloadOutlined } from "@ant-design/icons";
import { Button, Empty, Spin } from "antd";
import { useState } from "react";
import { loyalty } from "../api/loyalty";
import type { RepairLine } from "../api/types";
import { useConsole, useLoaded, useText } from "../ui/context";
import { RepairCard } from "../ui/customer/RepairCard";
import { oversees } from "../ui/roles";

const SHOWN = {
  everything: () => true,
  onlyOverdue: (each: RepairLine) => each.mark === "breach",
  onlyCalls: (each: RepairLine) => each.to_call,
  onlyEscalated: (each: RepairLine) => each.mark === "breach" || each.mark === "escalate",
} as const;
type Shown = keyof typeof SHOWN;

export function Repairs() {
  const { user } = useConsole();
  const { t } = useText();
  const [shown, setShown] = useState<Shown>("everything");
  const cases = useLoaded("repairs", () => loyalty.repairs());
  const rows = (cases.value ?? []).filter(SHOWN[shown]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("repairs.title")}</h1>
        {!oversees(user) && <span className="quiet">{t("repairs.own")}</span>}
        {cases.value && (
          <span className="quiet end">
            {t("repairs.count", {
              open: cases.value.length,
              overdue: cases.value.filter(SHOWN.onlyOverdue).length,
            })}
          </span>
        )}
      </header>
      <div className="filters" role="group" aria-label={t("repairs.filter")}>
        {(Object.keys(SHOWN) as Shown[]).map((each) => (
          <Button key={each} aria-pressed={each === shown} onClick={() => setShown(each)}>
            {t(`repairs.${each}`)}
          </Button>
        ))}
        <Button icon={<ReloadOutlined />} onClick={cases.reload} loading={cases.loading}>
          {t("interactions.refresh")}
        </Button>
      </div>
      {cases.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {cases.failed}
        </p>
      )}
      {cases.value === null && cases.failed === null && <Spin />}
      {cases.value && rows.length === 0 && (
        <Empty
          image={Empty.PRESENTED_IMAGE_SIMPLE}
          description={t(shown === "onlyCalls" ? "repairs.noCalls" : "repairs.none")}
          className="card"
        />
      )}
      <ul className="repairs">
        {rows.map((each) => (
          <RepairCard key={each.case} repair={each} onChanged={cases.reload} withCustomer />
        ))}
      </ul>
    </div>
  );
}
