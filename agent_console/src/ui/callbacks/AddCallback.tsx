/** A supervisor keeps a place in line for a number. */

import { App, Button, Input, Modal, Select } from "antd";
import { useState } from "react";
import { phoneNumber } from "../../format/figures";
import { dialable } from "../../state/dial";
import { client, useAct, useConsole, useText } from "../context";
import { useNames } from "../names";

export function AddCallback({ onClose }: { onClose: () => void }) {
  const { catalogue } = useConsole();
  const { t, language: own } = useText();
  const { message } = App.useApp();
  const names = useNames();
  const act = useAct();
  const queues = catalogue?.queues ?? [];
  const [text, setText] = useState("");
  const [queue, setQueue] = useState<string | null>(queues[0]?.id ?? null);
  const [language, setLanguage] = useState<string>(own);
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const number = dialable(text);
  const bad = asked && number === null;

  function add(): void {
    setAsked(true);
    if (number === null || queue === null || busy) return;
    setBusy(true);
    void act(() => client.addCallback(queue, number, language), "callback").then((worked) => {
      setBusy(false);
      if (!worked) return;
      void message.success(t("callbacks.added", { number: phoneNumber(number), queue: names.queue(queue) }));
      onClose();
    });
  }

  return (
    <Modal open title={t("callbacks.add")} onCancel={onClose} width={440} footer={null} destroyOnHidden>
      <form
        className="dial"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <label>
          <span>{t("callbacks.number")}</span>
          <Input
            autoFocus
            size="large"
            type="tel"
            autoComplete="off"
            value={text}
            aria-invalid={bad}
            aria-describedby="callback-says"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p id="callback-says" role="status" className={bad ? "needs" : "quiet small"}>
          {number !== null && !bad ? phoneNumber(number) : t("callbacks.add.bad")}
        </p>
        <label>
          <span>{t("callbacks.queue")}</span>
          <Select
            aria-label={t("callbacks.queue")}
            value={queue}
            onChange={(picked: string) => setQueue(picked)}
            options={queues.map((each) => ({ value: each.id, label: names.queue(each.id) }))}
          />
        </label>
        <label>
          <span>{t("callbacks.add.language")}</span>
          <Select
            aria-label={t("callbacks.add.language")}
            value={language}
            onChange={(picked: string) => setLanguage(picked)}
            options={[
              { value: "en", label: t("english") },
              { value: "zh", label: t("chinese") },
            ]}
          />
        </label>
        <div className="transfer-buttons">
          <Button onClick={onClose}>{t("dial.close")}</Button>
          <Button type="primary" htmlType="submit" loading={busy}>
            {t("callbacks.add.do")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
