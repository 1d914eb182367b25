import { AudioMutedOutlined, AudioOutlined, LoadingOutlined, WarningOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { isOtherDevice, milliseconds } from "../../state/deviceTest";
import { useConsole, useDeviceTest, usePhone, useText } from "../context";
import { LevelBar } from "./LevelBar";

/** Whether the agent can hear and be heard. `deviceUp` is the server's view; both ends must agree. */
export function PhoneState({ deviceUp, onTest }: { deviceUp: boolean; onTest: () => void }) {
  const { phone } = useConsole();
  const view = usePhone();
  const { t } = useText();
  const test = useDeviceTest();
  const trip = test.roundTrip_s;
  const known = typeof trip === "number";
  const other = isOtherDevice(deviceUp ? "up" : "down", view.phase) && view.phase !== "elsewhere";
  const good = other || (view.phase === "connected" && deviceUp);
  const busy = view.phase === "asking" || view.phase === "connecting" || (view.phase === "connected" && !deviceUp);
  return (
    <div className="phone">
      <div
        title={known ? t("phone.roundTrip", { ms: milliseconds(trip) }) : undefined}
        className={`phone-now ${good ? "phone-good" : busy ? "phone-busy" : "phone-bad"}`}
      >
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
            state: t(
              other
                ? "phone.other"
                : view.phase === "connected" && !deviceUp
                  ? "phone.confirming"
                  : `phone.${view.phase}`,
            ),
          })}
        </span>
      </div>
      <LevelBar stream={view.phase === "connected" ? phone.microphone() : null} />
      <Button size="small" onClick={onTest}>
        {t("phone.test")}
      </Button>
    </div>
  );
}
