/** Two records that are one customer: find the other, see side by side what a merge would do, then do it. */

import { SwapOutlined } from "@ant-design/icons";
import { App, Button, Empty, Input, Modal, Radio, Spin, Table } from "antd";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { records } from "../../api/records";
import type { Customer, MergePreview } from "../../api/types";
import { phoneNumber } from "../../format/figures";
import { compared, type ComparedRow, movesText } from "../../state/merging";
import { client, useAct, useLoaded, useText } from "../context";
import { Tier } from "../Tier";
import { useSearch } from "../useSearch";

const FOUND = 8;

interface Props {
  customer: Customer;
  onClose: () => void;
  onMerged: () => void;
}

export function MergeDialog({ customer, onClose, onMerged }: Props) {
  const { t } = useText();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const act = useAct();
  const [other, setOther] = useState<string | null>(null);
  const [swapped, setSwapped] = useState(false);
  const [reason, setReason] = useState("");
  const [preview, setPreview] = useState<MergePreview | null>(null);
  const merge = () => {
    if (preview === null) return;
    const { kept, absorbed } = preview;
    void act(() => records.merge(kept.id, absorbed.id, reason.trim())).then((worked) => {
      if (!worked) return;
      void message.success(t("merge.done", { absorbed: absorbed.name, kept: kept.name }));
      onClose();
      if (kept.id === customer.id) onMerged();
      else void navigate(`/customers/${kept.id}`);
    });
  };
  return (
    <Modal
      open
      width={920}
      title={t("merge.title", { name: customer.name })}
      okText={t("merge.do")}
      cancelText={t("keys.close")}
      okButtonProps={{ disabled: preview === null || reason.trim() === "" }}
      onOk={merge}
      onCancel={onClose}
    >
      {other === null ? (
        <Find customer={customer} onChosen={setOther} />
      ) : (
        <>
          <Compared
            key={`${other} ${swapped}`}
            kept={swapped ? other : customer.id}
            absorbed={swapped ? customer.id : other}
            onLoaded={setPreview}
          />
          <div className="merge-acts">
            <Button size="small" icon={<SwapOutlined />} onClick={() => setSwapped((before) => !before)}>
              {t("merge.swap")}
            </Button>
            <Button
              size="small"
              onClick={() => {
                setOther(null);
                setPreview(null);
                setSwapped(false);
              }}
            >
              {t("merge.another")}
            </Button>
          </div>
          <Input
            aria-label={t("merge.reason")}
            placeholder={t("merge.reason")}
            value={reason}
            maxLength={400}
            onChange={(event) => setReason(event.target.value)}
            onPressEnter={() => reason.trim() !== "" && merge()}
          />
        </>
      )}
    </Modal>
  );
}

function Find({ customer, onChosen }: { customer: Customer; onChosen: (id: string) => void }) {
  const { t } = useText();
  const { text, setText, search, searchNow } = useSearch();
  const found = useLoaded(`merge ${customer.id} ${search}`, async () =>
    search === "" ? [] : (await client.customers(search, FOUND + 1)).filter((each) => each.id !== customer.id),
  );
  return (
    <>
      <p className="quiet">{t("merge.hint")}</p>
      <Input.Search
        autoFocus
        aria-label={t("merge.find")}
        placeholder={t("merge.find")}
        value={text}
        loading={found.loading}
        allowClear
        onChange={(event) => setText(event.target.value)}
        onSearch={searchNow}
      />
      {found.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {found.failed}
        </p>
      )}
      {search !== "" && found.value?.length === 0 && !found.loading && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("merge.none", { text: search })} />
      )}
      <Radio.Group
        className="merge-found"
        aria-label={t("merge.results")}
        onChange={(event) => onChosen(event.target.value as string)}
      >
        {(found.value ?? []).slice(0, FOUND).map((each) => (
          <Radio key={each.id} value={each.id}>
            <strong>{each.name}</strong> <Tier tier={each.tier} />{" "}
            <span className="quiet">{each.numbers.map(phoneNumber).join(" · ")}</span>
          </Radio>
        ))}
      </Radio.Group>
    </>
  );
}

interface Sides {
  kept: string;
  absorbed: string;
  onLoaded: (preview: MergePreview | null) => void;
}

function Compared({ kept, absorbed, onLoaded }: Sides) {
  const { t, language } = useText();
  const loaded = useLoaded(`merge preview ${kept} ${absorbed}`, () => records.mergePreview(kept, absorbed));
  const preview = loaded.value;
  useEffect(() => onLoaded(preview), [preview, onLoaded]);
  if (loaded.failed !== null)
    return (
      <p className="needs" role="alert">
        {t("error.load")} {loaded.failed}
      </p>
    );
  if (preview === null) return <Spin />;
  const rows = compared(preview, { t, language });
  const conflicts = rows.filter((row) => row.how === "conflict").length;
  return (
    <>
      <p className={conflicts > 0 ? "needs" : "quiet"} role="status">
        {conflicts > 0 ? t("merge.conflicts", { count: conflicts }) : t("merge.noConflicts")}
      </p>
      <Table<ComparedRow>
        rowKey="key"
        size="small"
        aria-label={t("merge.compare")}
        pagination={false}
        dataSource={rows}
        columns={[
          { title: t("merge.field"), dataIndex: "label", width: 130 },
          { title: t("merge.stays", { name: preview.kept.name }), dataIndex: "kept" },
          { title: t("merge.ends", { name: preview.absorbed.name }), dataIndex: "absorbed" },
          {
            title: t("merge.after"),
            key: "joint",
            render: (_, row) => (
              <>
                <strong>{row.joint}</strong>{" "}
                {row.how !== "same" && (
                  <span className={row.how === "conflict" ? "needs small" : "quiet small"}>
                    {t(`merge.how.${row.how}`)}
                  </span>
                )}
              </>
            ),
          },
        ]}
      />
      <p>{movesText(preview.moves, t) ?? t("merge.movesNothing")}</p>
    </>
  );
}
