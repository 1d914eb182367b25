/** The call in progress: its state, who is in it, and everything that can be done with it. */

import { useState } from "react";
import type { CallPart } from "../../api/feed";
import { duration, phoneNumber } from "../../format/figures";
import { callView } from "../../state/call";
import { CallbackMark } from "../CallbackMark";
import { callerName } from "../caller";
import { useNow, usePhone, useText } from "../context";
import { StateMark } from "../marks";
import { deskQueueName } from "../names";
import { Tier } from "../Tier";
import { useShortcuts } from "../useShortcuts";
import { AskedCard } from "./AskedCard";
import { CallControls } from "./CallControls";
import { ConsultCard, UnaskedNote } from "./ConsultCard";
import { Keypad } from "./Keypad";
import { Parties } from "./Parties";
import { SoundQuality } from "./SoundQuality";
import { TransferDialog } from "./TransferDialog";

export function CallPanel({ call, agent }: { call: CallPart; agent: string }) {
  const { phase } = usePhone();
  const { t, language } = useText();
  const view = callView(call);
  const [keypad, setKeypad] = useState(false);
  const [transfer, setTransfer] = useState(false);
  const held = call.state === "held" && view.alone;

  useShortcuts({
    keypad: () => call.state !== "dialling" && setKeypad((open) => !open),
    transfer: () => view.alone && setTransfer(true),
  });

  return (
    <article className={`card call ${held ? "call-held" : ""}`} aria-label={t("call.title")}>
      <div className="call-head">
        <span className="call-state" role="status">
          <StateMark state={held ? "held" : "talking"} size={18} />
          {t(call.state === "dialling" ? "call.dialling" : held ? "call.held" : "call.talking")}
        </span>
        {call.state !== "dialling" && <Timer since={call.since} label={t("call.timer")} className="call-timer" />}
      </div>
      {call.state === "dialling" && (
        <p className="dialling" role="status">
          {t(`stage.${call.stage ?? "own_device"}`, { number: phoneNumber(call.from_number) })}
        </p>
      )}
      {held && (
        <p className="hold-timer">
          {t("call.holdTimer")} <Timer since={call.held_since} label={t("call.holdTimer")} className="strong" />
        </p>
      )}
      {call.recording !== null && (
        <p className={`recording-state recording-${call.recording}`} role="status">
          <span className="recording-dot" aria-hidden="true" />
          {t(`call.recording.${call.recording}`)}
        </p>
      )}
      <div className="offer-who">
        <h2>{callerName(call, t)}</h2>
        <Tier tier={call.pop.portrait?.profile?.tier} />
      </div>
      <p className="offer-number">
        {phoneNumber(call.from_number)} · {deskQueueName(call, language)}
      </p>
      <CallbackMark callback={call.callback} />
      {call.state !== "dialling" && <SoundQuality call={call} />}
      {phase === "elsewhere" && <p className="needs">{t("call.elsewhere")}</p>}
      {view.askedBy && <AskedCard consult={view.askedBy} />}
      {view.unasked && <UnaskedNote ended={view.unasked} />}
      {view.asking && <ConsultCard call={call} consult={view.asking} />}
      {view.conference && <Parties parties={call.parties} agent={agent} />}
      <CallControls
        call={call}
        view={view}
        keypad={keypad}
        onKeypad={() => setKeypad(!keypad)}
        onTransfer={() => setTransfer(true)}
      />
      {keypad && <Keypad contact={call.contact} onClose={() => setKeypad(false)} />}
      {transfer && view.alone && <TransferDialog call={call} onClose={() => setTransfer(false)} />}
    </article>
  );
}

export function Timer({ since, label, className }: { since: number | null; label: string; className: string }) {
  const now_s = useNow();
  return (
    <span role="timer" aria-label={label} className={className}>
      {duration(since === null ? 0 : now_s - since)}
    </span>
  );
}
