import { ReloadOutlined } from "@ant-design/icons";
import { Button, Empty, Select, Table, type TableColumnsType } from "antd";
import { useState } from "react";
import type { Interaction } from "../api/types";
import { dateTime, duration, phoneNumber } from "../format/figures";
import { resultText } from "../state/story";
import { whoCalled } from "../ui/caller";
import { client, useConsole, useLoaded, useText } from "../ui/context";
import { useNames } from "../ui/names";
import { type Period, PeriodPicker, today } from "../ui/period";
import { oversees } from "../ui/roles";
import { StoryDrawer } from "../ui/StoryDrawer";

const LIMIT = 200;

export function Interactions() {
  const { user, catalogue } = useConsole();
  const { t, language } = useText();
  const names = useNames();
  const all = oversees(user);
  const [period, setPeriod] = useState<Period>(today);
  const [queue, setQueue] = useState<string | undefined>();
  const [agent, setAgent] = useState<string | undefined>();
  const [open, setOpen] = useState<string | null>(null);
  const filter = { from: period[0].unix(), to: period[1].unix(), queue, agent, limit: LIMIT };
  const loaded = useLoaded(JSON.stringify(filter), () => client.interactions(filter));
  const rows = loaded.value ?? [];
  const caller = whoCalled;

  const columns: TableColumnsType<Interaction> = [
    {
      title: t("interactions.started"),
      dataIndex: "started_at",
      width: 130,
      render: (at: number) => <time>{dateTime(at, language)}</time>,
    },
    {
      title: t("interactions.customer"),
      key: "customer",
      render: (_, row) => (
        <>
          <button
            type="button"
            className="link cell"
            aria-label={t("interactions.open", { name: caller(row), time: dateTime(row.started_at, language) })}
            onClick={() => setOpen(row.contact)}
          >
            <strong>{caller(row)}</strong>
          </button>
          {row.customer_name && <div className="quiet small">{phoneNumber(row.from_number)}</div>}
        </>
      ),
    },
    { title: t("interactions.queue"), dataIndex: "queue", render: (id: string | null) => (id ? names.queue(id) : "–") },
    ...(all
      ? [{ title: t("interactions.agent"), dataIndex: "agent_name", render: (name: string | null) => name ?? "–" }]
      : []),
    {
      title: t("interactions.outcome"),
      dataIndex: "outcome",
      render: (outcome: string | null) => (
        <span className={`result result-${outcome ?? "live"}`}>{resultText(outcome, t)}</span>
      ),
    },
    {
      title: t("interactions.wait"),
      dataIndex: "wait_s",
      align: "right",
      render: duration,
      sorter: (a, b) => a.wait_s - b.wait_s,
    },
    {
      title: t("interactions.talk"),
      dataIndex: "talk_s",
      align: "right",
      render: duration,
      sorter: (a, b) => a.talk_s - b.talk_s,
    },
    {
      title: t("interactions.wrapUp"),
      dataIndex: "wrap_up_s",
      align: "right",
      render: duration,
      sorter: (a, b) => a.wrap_up_s - b.wrap_up_s,
    },
    {
      title: t("interactions.disposition"),
      dataIndex: "disposition",
      render: (code: string | null) => (code ? names.disposition(code) : "–"),
    },
  ];

  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("interactions.title")}</h1>
        {!all && <span className="quiet">{t("interactions.own")}</span>}
        {loaded.value && <span className="quiet end">{t("interactions.count", { count: rows.length })}</span>}
      </header>
      <div className="filters">
        <PeriodPicker period={period} onPeriod={setPeriod} />
        <label>
          <span>{t("interactions.queue")}</span>
          <Select
            aria-label={t("interactions.queue")}
            allowClear
            placeholder={t("interactions.any")}
            value={queue ?? null}
            onChange={(picked: string | null | undefined) => setQueue(picked ?? undefined)}
            options={(catalogue?.queues ?? []).map((each) => ({ value: each.id, label: names.queue(each.id) }))}
          />
        </label>
        {all && (
          <label>
            <span>{t("interactions.agent")}</span>
            <Select
              aria-label={t("interactions.agent")}
              allowClear
              showSearch={{ optionFilterProp: "label" }}
              placeholder={t("interactions.any")}
              value={agent ?? null}
              onChange={(picked: string | null | undefined) => setAgent(picked ?? undefined)}
              options={(catalogue?.agents ?? []).map((each) => ({ value: each.id, label: each.name }))}
            />
          </label>
        )}
        <Button icon={<ReloadOutlined />} onClick={loaded.reload} loading={loaded.loading}>
          {t("interactions.refresh")}
        </Button>
      </div>
      {loaded.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {loaded.failed}
        </p>
      )}
      <Table<Interaction>
        className="interactions"
        rowKey="contact"
        size="small"
        columns={columns}
        dataSource={rows}
        loading={loaded.loading && loaded.value === null}
        pagination={{ pageSize: 25, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 900 }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("interactions.none")} /> }}
      />
      {rows.length === LIMIT && <p className="quiet">{t("interactions.limited", { count: LIMIT })}</p>}
      <StoryDrawer contact={open} onClose={() => setOpen(null)} />
    </div>
  );
}
