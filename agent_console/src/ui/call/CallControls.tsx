import {
  AppstoreOutlined,
  AudioMutedOutlined,
  AudioOutlined,
  PauseOutlined,
  PhoneOutlined,
  PlayCircleOutlined,
  SwapOutlined,
} from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import type { CallPart } from "../../api/feed";
import type { CallView } from "../../state/call";
import { client, useAct, useText } from "../context";
import { turnRecording } from "../recording";
import { useLetters, useShortcuts } from "../useShortcuts";
import { useMute } from "./useMute";

interface Props {
  call: CallPart;
  view: CallView;
  keypad: boolean;
  onKeypad: () => void;
  onTransfer: () => void;
}

export function CallControls({ call, view, keypad, onKeypad, onTransfer }: Props) {
  const letterOf = useLetters();
  const { t } = useText();
  const act = useAct();
  const { muted, turn } = useMute(call);
  const [asked, setAsked] = useState<string | null>(null);
  const held = call.state === "held";
  const dialling = call.state === "dialling";

  function ask(what: "hold" | "retrieve" | "hang-up"): void {
    setAsked(what);
    void act(() => client.onContact(call.contact, what)).then(() => setAsked(null));
  }

  useShortcuts({
    mute: () => !dialling && turn(),
    hold: () => view.alone && ask(held ? "retrieve" : "hold"),
    end: () => ask("hang-up"),
    recording: () => view.owner && turnRecording(call, act),
  });

  const leaves = !view.owner || view.conference;
  return (
    <>
      <div className="call-buttons" role="group" aria-label={t("call.controls")}>
        {!dialling && (
          <Button
            size="large"
            icon={muted ? <AudioMutedOutlined /> : <AudioOutlined />}
            className={muted ? "is-on" : ""}
            aria-pressed={muted}
            onClick={turn}
            title={letterOf("mute")}
          >
            {t(muted ? "call.unmute" : "call.mute")}
          </Button>
        )}
        {view.alone && (
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
        )}
        {!dialling && (
          <Button
            size="large"
            icon={<AppstoreOutlined />}
            aria-expanded={keypad}
            className={keypad ? "is-on" : ""}
            onClick={onKeypad}
            title={letterOf("keypad")}
          >
            {t("keypad.title")}
          </Button>
        )}
        {view.alone && (
          <Button size="large" icon={<SwapOutlined />} onClick={onTransfer} title={letterOf("transfer")}>
            {t("transfer.title")}
          </Button>
        )}
        {view.owner && (call.recording === "on" || call.recording === "paused") && (
          <Button
            size="large"
            className={call.recording === "paused" ? "is-on" : ""}
            aria-pressed={call.recording === "paused"}
            onClick={() => turnRecording(call, act)}
            title={letterOf("recording")}
          >
            {t(call.recording === "paused" ? "call.recording.resume" : "call.recording.pause")}
          </Button>
        )}
        <Button
          size="large"
          type="primary"
          danger
          icon={<PhoneOutlined className="hang-up" />}
          loading={asked === "hang-up"}
          onClick={() => ask("hang-up")}
          title={letterOf("end")}
        >
          {t(dialling ? "dial.giveUp" : leaves ? "call.leave" : "call.end")}
        </Button>
      </div>
      <div role="status" aria-live="polite">
        {muted && <p className="muted-note">{t("call.muted")}</p>}
      </div>
      {view.asking && <p className="quiet small">{t("consult.endHint")}</p>}
      {view.conference && <p className="quiet small">{t("party.leaveHint")}</p>}
    </>
  );
}
