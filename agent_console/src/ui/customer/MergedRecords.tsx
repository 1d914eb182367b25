/** The records that were merged into this one, and taking them apart again. */

import { App, Button, Input, Modal } from "antd";
import { useState } from "react";
import { records } from "../../api/records";
import type { Merge } from "../../api/types";
import { dateTime } from "../../format/figures";
import { useAct, useConsole, useLoaded, useText } from "../context";
import { oversees } from "../roles";

export function MergedRecords({ customer, onSplit }: { customer: string; onSplit: () => void }) {
  const { user } = useConsole();
  const { t, language } = useText();
  const file = useLoaded(`merges ${customer}`, () => records.file(customer));
  const [splitting, setSplitting] = useState<Merge | null>(null);
  const merges = file.value?.merges ?? [];
  if (merges.length === 0) return null;
  return (
    <section className="card merged" aria-label={t("merge.past")}>
      <h2>{t("merge.past")}</h2>
      <ul>
        {merges.map((each) => (
          <li key={each.id}>
            {each.split_at === null
              ? t("merge.was", { name: each.absorbed_name, time: dateTime(each.at, language), user: each.user })
              : t("merge.wasSplit", {
                  name: each.absorbed_name,
                  time: dateTime(each.at, language),
                  user: each.user,
                  split: dateTime(each.split_at, language),
                  by: each.split_by,
                })}{" "}
            {each.split_at === null && oversees(user) && (
              <Button
                size="small"
                aria-label={t("merge.split.of", { name: each.absorbed_name })}
                onClick={() => setSplitting(each)}
              >
                {t("merge.split")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {splitting && (
        <Splitting
          merge={splitting}
          onClose={() => setSplitting(null)}
          onSplit={() => {
            file.reload();
            onSplit();
          }}
        />
      )}
    </section>
  );
}

function Splitting({ merge, onClose, onSplit }: { merge: Merge; onClose: () => void; onSplit: () => void }) {
  const { t } = useText();
  const { message } = App.useApp();
  const act = useAct();
  const [reason, setReason] = useState("");
  const name = merge.absorbed_name;
  const split = () =>
    void act(() => records.split(merge.id, reason.trim())).then((worked) => {
      if (!worked) return;
      void message.success(t("merge.split.done", { name }));
      onClose();
      onSplit();
    });
  return (
    <Modal
      open
      title={t("merge.split.title", { name })}
      okText={t("merge.split")}
      cancelText={t("keys.close")}
      okButtonProps={{ disabled: reason.trim() === "" }}
      onOk={split}
      onCancel={onClose}
    >
      <p>{t("merge.split.explain")}</p>
      <Input
        autoFocus
        aria-label={t("merge.split.reason")}
        placeholder={t("merge.split.reason")}
        value={reason}
        maxLength={400}
        onChange={(event) => setReason(event.target.value)}
        onPressEnter={() => reason.trim() !== "" && split()}
      />
    </Modal>
  );
}
