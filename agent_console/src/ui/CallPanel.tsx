import { AudioMutedOutlined, AudioOutlined, PauseOutlined, PhoneOutlined, PlayCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import type { CallPart } from "../api/feed";
import { duration, phoneNumber } from "../format/figures";
import { letterOf } from "../keys/shortcuts";
import { callerName } from "./caller";
import { client, useAct, useConsole, useNow, usePhone, useText } from "./context";
import { StateMark } from "./marks";
import { deskQueueName } from "./names";
import { Tier } from "./Tier";

export function CallPanel({ call }: { call: CallPart }) {
  const { phone } = useConsole();
  const { muted } = usePhone();
  const { t, language } = useText();
  const act = useAct();
  const now_s = useNow();
  const [asked, setAsked] = useState<string | null>(null);
  const held = call.state === "held";
  const name = callerName(call, t);

  function ask(what: "hold" | "retrieve" | "hang-up"): void {
    setAsked(what);
    void act(() => client.onContact(call.contact, what)).then(() => setAsked(null));
  }

  return (
    <article className={`card call ${held ? "call-held" : ""}`} aria-label={t("call.title")}>
      <div className="call-head">
        <span className="call-state" role="status">
          <StateMark state={held ? "held" : "talking"} size={18} />
          {t(held ? "call.held" : "call.talking")}
        </span>
        <span className="call-timer" role="timer" aria-label={t("call.timer")}>
          {duration(now_s - call.since)}
        </span>
      </div>
      {held && (
        <p className="hold-timer">
          {t("call.holdTimer")}{" "}
          <strong role="timer" aria-label={t("call.holdTimer")}>
            {duration(now_s - (call.held_since ?? now_s))}
          </strong>
        </p>
      )}
      <div className="offer-who">
        <h2>{name}</h2>
        <Tier tier={call.pop.customer?.tier} />
      </div>
      <p className="offer-number">
        {phoneNumber(call.from_number)} · {deskQueueName(call, language)}
      </p>
      <div className="call-buttons" role="group" aria-label={t("call.controls")}>
        <Button
          size="large"
          icon={muted ? <AudioMutedOutlined /> : <AudioOutlined />}
          className={muted ? "is-on" : ""}
          aria-pressed={muted}
          onClick={() => phone.setMuted(!muted)}
          title={letterOf("mute")}
        >
          {t(muted ? "call.unmute" : "call.mute")}
        </Button>
        <Button
          size="large"
          icon={held ? <PlayCircleOutlined /> : <PauseOutlined />}
          className={held ? "is-on" : ""}
          loading={asked === "hold" || asked === "retrieve"}
          onClick={() => ask(held ? "retrieve" : "hold")}
          title={letterOf("hold")}
        >
          {t(held ? "call.retrieve" : "call.hold")}
        </Button>
        <Button
          size="large"
          type="primary"
          danger
          icon={<PhoneOutlined className="hang-up" />}
          loading={asked === "hang-up"}
          onClick={() => ask("hang-up")}
          title={letterOf("end")}
        >
          {t("call.end")}
        </Button>
      </div>
      <div role="status" aria-live="polite">
        {muted && <p className="muted-note">{t("call.muted")}</p>}
      </div>
    </article>
  );
}
