import { useCallback, useEffect, useState } from "react";
import { type Figures, figures, isOtherDevice, isUnderWay, missing } from "../../state/deviceTest";
import { client, useAct, useDeviceTest, usePhone } from "../context";

const PATIENCE_MS = 2500;

export interface Ready {
  /** Go ready; while the phone is not in order, as soon as it is. */
  ask: () => void;
  /** The agent asked and the test still runs. */
  waiting: boolean;
  testing: boolean;
  openTest: () => void;
  closeTest: () => void;
}

/** The server makes nobody ready whose browser phone it does not know to be tested. */
async function goReady(passed: Figures | null): Promise<void> {
  if (passed !== null) await client.reportDeviceTest(passed);
  await client.chooseStatus("ready");
}

/** *Ready* waits for the test of the phone: alone where it passes by itself, with its dialog where it does not. */
export function useReady(device: "up" | "down" | undefined): Ready {
  const act = useAct();
  const other = isOtherDevice(device, usePhone().phase);
  const test = useDeviceTest();
  // The server's word on the device comes a moment after the browser's own: before it, ready would be refused.
  const lacks = other ? null : (missing(test) ?? (device === "up" ? null : "connection"));
  const passed = other ? null : figures(test);
  const [waiting, setWaiting] = useState(false);
  const [testing, setTesting] = useState(false);

  const ask = useCallback(() => {
    if (lacks === null) void act(() => goReady(passed));
    else setWaiting(true);
  }, [lacks, passed, act]);

  const pass = waiting && lacks === null;
  useEffect(() => {
    if (!pass) return;
    setWaiting(false);
    setTesting(false);
    void act(() => goReady(passed));
  }, [pass, passed, act]);

  useEffect(() => {
    if (!waiting || lacks === null || testing) return;
    const timer = window.setTimeout(() => setTesting(true), isUnderWay(lacks) || lacks === "voice" ? PATIENCE_MS : 0);
    return () => window.clearTimeout(timer);
  }, [waiting, lacks, testing]);

  return {
    ask,
    waiting,
    testing,
    openTest: useCallback(() => setTesting(true), []),
    closeTest: useCallback(() => {
      setTesting(false);
      setWaiting(false);
    }, []),
  };
}
