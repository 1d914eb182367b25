import { CheckCircleFilled } from "@ant-design/icons";
import { Button, Modal, Select } from "antd";
import { useEffect, useState } from "react";
import { playTest, ring } from "../phone/sounds";
import { useConsole, usePhone, useText } from "./context";
import { LevelBar } from "./LevelBar";

export function PhoneTest({ onClose }: { onClose: () => void }) {
  const { phone } = useConsole();
  const view = usePhone();
  const { t } = useText();
  const [heard, setHeard] = useState(false);
  const [inputs, setInputs] = useState<MediaDeviceInfo[]>([]);
  const stream = phone.microphone();

  useEffect(() => {
    if (!window.isSecureContext) return;
    void navigator.mediaDevices
      .enumerateDevices()
      .then((found) =>
        setInputs(
          found.filter((each) => each.kind === "audioinput" && each.deviceId !== "default" && each.deviceId !== ""),
        ),
      );
  }, [stream]);

  return (
    <Modal
      open
      title={t("phone.testTitle")}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{t("phone.testClose")}</Button>}
      width={460}
    >
      <div className="phone-test">
        <Select
          aria-label={t("phone.microphone")}
          value={phone.chosenMicrophone()}
          onChange={(id) => {
            setHeard(false);
            void phone.chooseMicrophone(id);
          }}
          options={[
            { value: "", label: t("phone.microphoneDefault") },
            ...inputs.map((input) => ({ value: input.deviceId, label: input.label })),
          ]}
        />
        <p>{t("phone.testSpeak")}</p>
        <LevelBar stream={stream} onHeard={() => setHeard(true)} />
        <p role="status" className={heard ? "heard" : "not-heard"}>
          {heard && <CheckCircleFilled />}{" "}
          {t(view.silenced ? "phone.testMuted" : heard ? "phone.testHeard" : "phone.testSilent")}
        </p>
        <p>{t("phone.testToneHint")}</p>
        <div className="buttons">
          <Button onClick={playTest}>{t("phone.testTone")}</Button>
          <Button onClick={() => void ring(2)}>{t("phone.testRing")}</Button>
          <Button onClick={() => void phone.reconnect()}>{t("phone.reconnect")}</Button>
        </div>
      </div>
    </Modal>
  );
}
