/** The base in segments: value matrix, pyramid, stage flow, customer equity; and the customers of any cut. */

import { DownloadOutlined } from "@ant-design/icons";
import { Button, Empty, Select, Spin } from "antd";
import { useState } from "react";
import { type Cut, loyalty } from "../api/loyalty";
import type { Reaction, Stage } from "../api/types";
import { TIERS } from "../state/segments";
import { word } from "../state/relationship";
import { useLoaded, useText } from "../ui/context";
import { EquityChart, FlowChart } from "../ui/segments/History";
import { MatrixChart, PyramidChart } from "../ui/segments/Matrix";
import { BaseFiguresCard } from "../ui/segments/BaseFigures";
import { TierServiceChart } from "../ui/segments/TierService";
import { MemberList } from "../ui/segments/MemberList";

const STAGES: readonly Stage[] = ["exploration", "formation", "stable", "decline", "exited"];
const REACTIONS: readonly Reaction[] = ["exit", "voice", "neglect", "loyalty"];

export function Segments() {
  const { t } = useText();
  const [cut, setCut] = useState<Cut>({});
  const [cell, setCell] = useState<{ cut: Cut; name: string } | null>(null);
  const key = JSON.stringify(cut);
  const matrix = useLoaded(`matrix ${key}`, () => loyalty.matrix(cut));
  const pyramid = useLoaded(`pyramid ${key}`, () => loyalty.pyramid(cut));
  const runs = useLoaded("runs", () => loyalty.runs());
  const failed = matrix.failed ?? pyramid.failed ?? runs.failed;
  const listed = { ...cut, ...(cell?.cut ?? {}) };
  const choose = (chosen: Cut) => {
    setCut(chosen);
    setCell(null);
  };
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("segments.title")}</h1>
      </header>
      <Filters cut={cut} onCut={choose} />
      {failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {failed}
        </p>
      )}
      {runs.value === null && failed === null && <Spin />}
      {runs.value?.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("segments.none")} className="card" />
      )}
      {runs.value && runs.value.length > 0 && (
        <>
          <div className="chart-grid">
            {matrix.value && (
              <MatrixChart matrix={matrix.value} onCell={(chosen, name) => setCell({ cut: chosen, name })} />
            )}
            {pyramid.value && (
              <PyramidChart pyramid={pyramid.value} onTier={(tier) => choose({ ...cut, tier: [tier] })} />
            )}
            <FlowChart runs={runs.value} />
            <EquityChart runs={runs.value} />
            <TierServiceChart />
          </div>
          <BaseFiguresCard />
          <section className="card" aria-label={t("customers.title")} id="members">
            <div className="members-head">
              <h2>{t("customers.title")}</h2>
              {cell && (
                <span className="cell-name">
                  {cell.name}{" "}
                  <Button size="small" onClick={() => setCell(null)}>
                    {t("segments.clear")}
                  </Button>
                </span>
              )}
              <Button className="end" icon={<DownloadOutlined />} href={loyalty.exportOf(listed)} download>
                {t("segments.export")}
              </Button>
            </div>
            <MemberList key={JSON.stringify(listed)} cut={listed} />
          </section>
        </>
      )}
    </div>
  );
}

function Filters({ cut, onCut }: { cut: Cut; onCut: (cut: Cut) => void }) {
  const { t } = useText();
  const many = (name: "tier" | "stage" | "reaction", values: readonly string[]) => (
    <label>
      <span>{t(`segments.${name}`)}</span>
      <Select
        mode="multiple"
        aria-label={t(`segments.${name}`)}
        placeholder={t("segments.any")}
        value={cut[name] ?? []}
        onChange={(picked: string[]) => onCut({ ...cut, [name]: picked })}
        options={values.map((each) => ({ value: each, label: word(name, each, t) }))}
      />
    </label>
  );
  const either = (name: "at_risk" | "pending", label: string) => (
    <label>
      <span>{label}</span>
      <Select
        aria-label={label}
        allowClear
        placeholder={t("segments.any")}
        value={cut[name] === undefined ? null : String(cut[name])}
        onChange={(picked: string | null | undefined) =>
          onCut({ ...cut, [name]: picked ? picked === "true" : undefined })
        }
        options={[
          { value: "true", label: t("segments.yes") },
          { value: "false", label: t("segments.no") },
        ]}
      />
    </label>
  );
  const chosen = Object.values(cut).some((value) => value !== undefined && (!Array.isArray(value) || value.length > 0));
  return (
    <div className="filters">
      {many("tier", TIERS)}
      {many("stage", STAGES)}
      {many("reaction", REACTIONS)}
      {either("at_risk", t("segments.risk"))}
      {either("pending", t("segments.pending"))}
      <Button disabled={!chosen} onClick={() => onCut({})}>
        {t("segments.clear")}
      </Button>
    </div>
  );
}
