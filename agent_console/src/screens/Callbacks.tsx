/** Who waits to be called back, live from the feed, with what a supervisor may do; and those that are over. */

import { PlusOutlined, ReloadOutlined } from "@ant-design/icons";
import { Button, Empty, Popconfirm, Table, Tag, type TableColumnsType } from "antd";
import { useState } from "react";
import type { Callback } from "../api/types";
import { dateTime, duration, NONE, phoneNumber } from "../format/figures";
import { inOrder, lastWhy, mayCallNow, mayCancel, type Placed } from "../state/callbacks";
import { AddCallback } from "../ui/callbacks/AddCallback";
import { client, useAct, useFeed, useLoaded, useNow, useText } from "../ui/context";
import { useNames } from "../ui/names";
import { StoryDrawer } from "../ui/StoryDrawer";

export function Callbacks() {
  const { t } = useText();
  const { feed } = useFeed();
  const [adding, setAdding] = useState(false);
  const [story, setStory] = useState<string | null>(null);
  const open = inOrder(feed.rows.callbacks);
  return (
    <div className="page callbacks">
      <header className="page-head">
        <h1>{t("callbacks.title")}</h1>
        <Button type="primary" icon={<PlusOutlined />} className="end" onClick={() => setAdding(true)}>
          {t("callbacks.add")}
        </Button>
      </header>
      <p className="quiet">{t("callbacks.explain")}</p>
      <section aria-label={t("callbacks.waiting")}>
        <h2>{t("callbacks.waiting")}</h2>
        <Waiting rows={open} onStory={setStory} />
      </section>
      {/* Whoever leaves the upper list appears in the lower one, which is asked for anew. */}
      <Over turn={open.map((each) => each.id).join()} onStory={setStory} />
      {adding && <AddCallback onClose={() => setAdding(false)} />}
      <StoryDrawer contact={story} onClose={() => setStory(null)} />
    </div>
  );
}

function Who({ number, asked, onStory }: { number: string; asked: string | null; onStory: (id: string) => void }) {
  const { t } = useText();
  const shown = phoneNumber(number);
  if (asked === null) return <strong>{shown}</strong>;
  return (
    <button
      type="button"
      className="link cell"
      aria-label={t("callbacks.story", { number: shown })}
      onClick={() => onStory(asked)}
    >
      <strong>{shown}</strong>
    </button>
  );
}

function Waiting({ rows, onStory }: { rows: Placed[]; onStory: (id: string) => void }) {
  const { t, language } = useText();
  const { feed } = useFeed();
  const now_s = useNow();
  const names = useNames();
  const columns: TableColumnsType<Placed> = [
    { title: t("callbacks.queue"), dataIndex: "queue", render: names.queue },
    { title: t("callbacks.place"), dataIndex: "place", align: "right" },
    {
      title: t("callbacks.number"),
      key: "number",
      render: (_, row) => <Who number={row.number} asked={row.asked_in} onStory={onStory} />,
    },
    {
      title: t("callbacks.since"),
      dataIndex: "enqueued_at",
      align: "right",
      render: (at: number) => duration(now_s - at),
    },
    {
      title: t("callbacks.state"),
      key: "state",
      render: (_, row) => (
        <>
          {t(`callbacks.state.${row.state}`)}
          {row.last_why !== "" && <div className="quiet small">{lastWhy(row.last_why, t)}</div>}
        </>
      ),
    },
    { title: t("callbacks.attempts"), dataIndex: "attempts", align: "right" },
    {
      title: t("callbacks.next"),
      key: "next",
      render: (_, row) => {
        if (row.state !== "waiting") return NONE;
        return row.due_at > now_s ? dateTime(row.due_at, language) : t("callbacks.inTurn");
      },
    },
    {
      title: t("callbacks.promised"),
      key: "promised",
      render: (_, row) => (
        <>
          {dateTime(row.promised_at, language)}
          {row.late && (
            <div>
              <Tag color="error">{t("callbacks.late")}</Tag>
            </div>
          )}
        </>
      ),
    },
    { title: t("callbacks.expires"), dataIndex: "expires_at", render: (at: number) => dateTime(at, language) },
    { title: t("callbacks.by"), dataIndex: "by", render: (by: string) => (by === "" ? t("callbacks.byCaller") : by) },
    { title: t("callbacks.acts"), key: "acts", render: (_, row) => <Acts row={row} now_s={now_s} /> },
  ];
  return (
    <Table<Placed>
      rowKey="id"
      size="small"
      columns={columns}
      dataSource={rows}
      loading={feed.epoch === null}
      pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
      scroll={{ x: 1150 }}
      locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("callbacks.none")} /> }}
    />
  );
}

function Acts({ row, now_s }: { row: Placed; now_s: number }) {
  const { t } = useText();
  const act = useAct();
  const number = phoneNumber(row.number);
  return (
    <span className="callback-acts">
      {mayCallNow(row, now_s) && (
        <Button
          size="small"
          aria-label={t("callbacks.callNow.of", { number })}
          onClick={() => void act(() => client.onCallback(row.id, "call-now"), "callback")}
        >
          {t("callbacks.callNow")}
        </Button>
      )}
      {mayCancel(row) && (
        <Popconfirm
          title={t("callbacks.cancel.sure", { number })}
          okText={t("callbacks.cancel")}
          cancelText={t("callbacks.cancel.keep")}
          onConfirm={() => void act(() => client.onCallback(row.id, "cancel"), "callback")}
        >
          <Button size="small" danger aria-label={t("callbacks.cancel.of", { number })}>
            {t("callbacks.cancel")}
          </Button>
        </Popconfirm>
      )}
    </span>
  );
}

function Over({ turn, onStory }: { turn: string; onStory: (id: string) => void }) {
  const { t, language } = useText();
  const names = useNames();
  const loaded = useLoaded(`callbacks ${turn}`, () => client.callbacks());
  const columns: TableColumnsType<Callback> = [
    {
      title: t("callbacks.asked"),
      dataIndex: "requested_at",
      render: (at: number) => <time>{dateTime(at, language)}</time>,
    },
    { title: t("callbacks.ended"), dataIndex: "ended_at", render: (at: number | null) => dateTime(at, language) },
    {
      title: t("callbacks.number"),
      key: "number",
      render: (_, row) => <Who number={row.number} asked={row.contact ?? row.asked_in} onStory={onStory} />,
    },
    { title: t("callbacks.queue"), dataIndex: "queue", render: names.queue },
    {
      title: t("callbacks.state"),
      dataIndex: "state",
      render: (state: Callback["state"]) => t(`callbacks.state.${state}`),
    },
    { title: t("callbacks.attempts"), dataIndex: "attempts", align: "right" },
    { title: t("callbacks.agent"), dataIndex: "agent", render: (id: string | null) => (id ? names.agent(id) : NONE) },
  ];
  return (
    <section aria-label={t("callbacks.over")}>
      <div className="page-head">
        <h2>{t("callbacks.over")}</h2>
        <Button icon={<ReloadOutlined />} className="end" onClick={loaded.reload} loading={loaded.loading}>
          {t("interactions.refresh")}
        </Button>
      </div>
      {loaded.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {loaded.failed}
        </p>
      )}
      <Table<Callback>
        rowKey="id"
        size="small"
        columns={columns}
        dataSource={loaded.value ?? []}
        loading={loaded.loading && loaded.value === null}
        pagination={{ pageSize: 25, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 800 }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("callbacks.noneOver")} /> }}
      />
    </section>
  );
}
