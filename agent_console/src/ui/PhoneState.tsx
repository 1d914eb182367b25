import { AudioMutedOutlined, AudioOutlined, LoadingOutlined, WarningOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useConsole, usePhone, useText } from "./context";
import { LevelBar } from "./LevelBar";
import { PhoneTest } from "./PhoneTest";

/** Whether the agent can hear and be heard. `deviceUp` is the server's view; both ends must agree. */
export function PhoneState({ deviceUp }: { deviceUp: boolean }) {
  const { phone } = useConsole();
  const view = usePhone();
  const { t } = useText();
  const [testing, setTesting] = useState(false);
  const good = view.phase === "connected" && deviceUp;
  const busy = view.phase === "asking" || view.phase === "connecting" || (view.phase === "connected" && !deviceUp);
  return (
    <div className="phone">
      <div className={`phone-now ${good ? "phone-good" : busy ? "phone-busy" : "phone-bad"}`}>
        {good ? (
          view.muted || view.silenced ? (
            <AudioMutedOutlined />
          ) : (
            <AudioOutlined />
          )
        ) : busy ? (
          <LoadingOutlined />
        ) : (
          <WarningOutlined />
        )}
        <span role="status" aria-label={t("phone.label")}>
          {t("phone.is", {
            state: t(view.phase === "connected" && !deviceUp ? "phone.confirming" : `phone.${view.phase}`),
          })}
        </span>
      </div>
      <LevelBar stream={view.phase === "connected" ? phone.microphone() : null} />
      <Button size="small" onClick={() => setTesting(true)}>
        {t("phone.test")}
      </Button>
      {testing && <PhoneTest onClose={() => setTesting(false)} />}
    </div>
  );
}
