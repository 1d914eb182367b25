/** Calling a number for a queue: typed, pasted, or handed over by a click somewhere else. */

import { Button, Input, Modal, Select } from "antd";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import type { AgentRow } from "../../api/feed";
import type { TextKey } from "../../i18n";
import { phoneNumber } from "../../format/figures";
import { dialable } from "../../state/dial";
import { client, useAct, useConsole, useFeed, useText } from "../context";
import { useNames } from "../names";
import { useShortcuts } from "../useShortcuts";
import { onDialAsked } from "./call";

const QUEUE = "cc.dial.queue";

function hindrance(own: AgentRow | undefined): TextKey | null {
  switch (own?.state) {
    case "ready":
    case "not_ready":
      return own.device === "up" ? null : "dial.noDevice";
    case undefined:
    case "logged_off":
      return "dial.loggedOff";
    default:
      return "dial.busy";
  }
}

/** Opened by its shortcut or by `askToDial`, on any page an agent may be on. */
export function DialBox({ agent }: { agent: string }) {
  const [number, setNumber] = useState<string | null>(null);
  useEffect(() => onDialAsked(setNumber), []);
  useShortcuts({ dial: () => setNumber((open) => open ?? "") });
  if (number === null) return null;
  return <DialDialog key={number} agent={agent} number={number} onClose={() => setNumber(null)} />;
}

function DialDialog({ agent, number, onClose }: { agent: string; number: string; onClose: () => void }) {
  const { catalogue } = useConsole();
  const { feed } = useFeed();
  const { t } = useText();
  const names = useNames();
  const act = useAct();
  const navigate = useNavigate();
  const queues = catalogue?.queues ?? [];
  const [text, setText] = useState(phoneNumber(number));
  const [queue, setQueue] = useState<string | null>(() => localStorage.getItem(QUEUE));
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const to = dialable(text);
  const known = queues.some((each) => each.id === queue);
  const forQueue = known ? queue : queues.length === 1 ? (queues[0]?.id ?? null) : null;
  const hindered = hindrance(feed.rows.agents[agent]);
  const bad = asked && to === null;
  const queueless = asked && forQueue === null;

  function call(): void {
    setAsked(true);
    if (to === null || forQueue === null || hindered !== null || busy) return;
    setBusy(true);
    localStorage.setItem(QUEUE, forQueue);
    void act(() => client.dial(to, forQueue), "number").then((worked) => {
      setBusy(false);
      if (!worked) return;
      onClose();
      void navigate("/");
    });
  }

  return (
    <Modal open title={t("dial.title")} onCancel={onClose} width={440} footer={null} destroyOnHidden>
      <form
        className="dial"
        onSubmit={(event) => {
          event.preventDefault();
          call();
        }}
      >
        <label>
          <span>{t("dial.number")}</span>
          <Input
            autoFocus
            size="large"
            type="tel"
            autoComplete="off"
            placeholder={t("dial.placeholder")}
            value={text}
            aria-invalid={bad}
            aria-describedby="dial-says"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p id="dial-says" role="status" className={bad ? "needs" : "quiet small"}>
          {bad ? t("dial.bad") : to !== null && t("dial.dials", { number: phoneNumber(to) })}
        </p>
        <label>
          <span>{t("dial.queue")}</span>
          <Select
            aria-label={t("dial.queue")}
            value={forQueue}
            onChange={(picked: string) => setQueue(picked)}
            options={queues.map((each) => ({ value: each.id, label: names.queue(each.id) }))}
          />
        </label>
        <p role="status" className={queueless ? "needs" : "quiet small"}>
          {t(queueless ? "dial.noQueue" : "dial.shown")}
        </p>
        {hindered !== null && <p className="needs">{t(hindered)}</p>}
        <div className="transfer-buttons">
          <Button onClick={onClose}>{t("dial.close")}</Button>
          <Button type="primary" htmlType="submit" loading={busy} disabled={hindered !== null}>
            {t("dial.call")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
