/** The test of an agent's phone: heard, hearing, and how far away. Part of being ready. */

import { CheckCircleFilled, ExclamationCircleFilled, LoadingOutlined } from "@ant-design/icons";
import { Button, Modal, Select } from "antd";
import { useEffect, useState } from "react";
import { playTest, ring } from "../../phone/sounds";
import { type DeviceTest, milliseconds, missing, SLOW_S, TOO_SLOW_S } from "../../state/deviceTest";
import { useConsole, useDeviceTest, usePhone, useText } from "../context";
import { LevelBar } from "./LevelBar";

interface Props {
  /** The agent asked to be ready and becomes so when the test passes. */
  thenReady: boolean;
  onClose: () => void;
}

export function PhoneTest({ thenReady, onClose }: Props) {
  const { t } = useText();
  const test = useDeviceTest();
  const lacks = missing(test);
  const ms = typeof test.roundTrip_s === "number" ? milliseconds(test.roundTrip_s) : 0;
  return (
    <Modal
      open
      title={t("phone.testTitle")}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{t("phone.testClose")}</Button>}
      width={520}
    >
      <div className="phone-test">
        <p role="status" className={lacks === null ? "heard" : "needs"}>
          {t(lacks === null ? "phone.testPassed" : `phone.missing.${lacks}`, { ms })}
        </p>
        {thenReady && lacks !== null && <p className="quiet">{t("phone.testThenReady")}</p>}
        <Microphone test={test} />
        <Connection test={test} ms={ms} />
        <Loudspeaker test={test} />
      </div>
    </Modal>
  );
}

type Mark = "good" | "bad" | "waits";

function Part({ title, mark, children }: { title: string; mark: Mark; children: React.ReactNode }) {
  const icon = { good: <CheckCircleFilled />, bad: <ExclamationCircleFilled />, waits: <LoadingOutlined /> }[mark];
  return (
    <section className={`phone-part phone-part-${mark}`} aria-label={title}>
      <span aria-hidden className="phone-mark">
        {icon}
      </span>
      <div>
        <h3>{title}</h3>
        {children}
      </div>
    </section>
  );
}

function useDevices(kind: MediaDeviceKind): { value: string; label: string }[] {
  const { phone } = useConsole();
  const { t } = useText();
  const stream = phone.microphone();
  const [found, setFound] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    if (!window.isSecureContext) return;
    void navigator.mediaDevices.enumerateDevices().then(setFound);
  }, [stream]);
  const named = found.filter((each) => each.kind === kind && each.deviceId !== "default" && each.deviceId !== "");
  return [
    { value: "", label: t("phone.microphoneDefault") },
    ...named.map((each) => ({ value: each.deviceId, label: each.label })),
  ];
}

function Microphone({ test }: { test: DeviceTest }) {
  const { phone, check } = useConsole();
  const { t } = useText();
  const inputs = useDevices("audioinput");
  const good = test.heard || test.known;
  const says = test.silenced
    ? "phone.testMuted"
    : test.heard
      ? "phone.testHeard"
      : test.known
        ? "phone.testKnown"
        : "phone.testSilent";
  return (
    <Part title={t("phone.testMicrophone")} mark={test.silenced ? "bad" : good ? "good" : "waits"}>
      <Select
        aria-label={t("phone.microphone")}
        value={phone.chosenMicrophone()}
        onChange={(id) => void phone.chooseMicrophone(id)}
        options={inputs}
      />
      <p>{t("phone.testSpeak")}</p>
      <LevelBar stream={phone.microphone()} onHeard={(level) => check.heard(level)} />
      <p role="status" className={good && !test.silenced ? "heard" : "not-heard"}>
        {t(says)}
      </p>
    </Part>
  );
}

function Connection({ test, ms }: { test: DeviceTest; ms: number }) {
  const { phone } = useConsole();
  const { phase } = usePhone();
  const { t } = useText();
  const { roundTrip_s: trip } = test;
  const mark = !test.connected
    ? "bad"
    : trip === null
      ? "waits"
      : trip !== "untold" && trip > TOO_SLOW_S
        ? "bad"
        : "good";
  return (
    <Part title={t("phone.testConnection")} mark={mark}>
      <p role="status">
        {!test.connected
          ? t(`phone.${phase}`)
          : trip === null
            ? t("phone.roundTripNow")
            : trip === "untold"
              ? t("phone.roundTripUntold")
              : t(trip > SLOW_S ? "phone.roundTripSlow" : "phone.roundTrip", { ms })}
      </p>
      <Button size="small" onClick={() => void phone.reconnect()}>
        {t("phone.reconnect")}
      </Button>
    </Part>
  );
}

function Loudspeaker({ test }: { test: DeviceTest }) {
  const { phone, check } = useConsole();
  const { t } = useText();
  const outputs = useDevices("audiooutput");
  const [played, setPlayed] = useState(false);
  const bad = test.soundBlocked || test.tone === "not heard";
  return (
    <Part title={t("phone.testLoudspeaker")} mark={bad ? "bad" : "good"}>
      {outputs.length > 2 && (
        <Select
          aria-label={t("phone.loudspeaker")}
          value={phone.chosenLoudspeaker()}
          onChange={(id) => void phone.chooseLoudspeaker(id)}
          options={outputs}
        />
      )}
      <p>{t("phone.testToneHint")}</p>
      <div className="buttons">
        <Button
          onClick={() => {
            setPlayed(true);
            playTest(phone.chosenLoudspeaker());
          }}
        >
          {t("phone.testTone")}
        </Button>
        <Button onClick={() => void ring(2)}>{t("phone.testRing")}</Button>
        {test.soundBlocked && <Button onClick={() => void phone.enableSound()}>{t("phone.enableSound")}</Button>}
      </div>
      {played && (
        <div className="buttons tone-answer">
          <Button size="small" onClick={() => check.tone(true)}>
            {t("phone.testToneYes")}
          </Button>
          <Button size="small" onClick={() => check.tone(false)}>
            {t("phone.testToneNo")}
          </Button>
        </div>
      )}
      <p role="status" className={bad ? "needs" : "heard"}>
        {test.tone !== "not asked" && t(test.tone === "heard" ? "phone.testToneGood" : "phone.testToneBad")}
      </p>
    </Part>
  );
}
