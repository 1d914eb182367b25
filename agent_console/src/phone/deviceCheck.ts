/** Runs the device test in the background of the desk and remembers, in this browser, microphones that passed. */

import { type DeviceEvent, type DeviceTest, missing, step, UNTESTED } from "../state/deviceTest";
import type { Softphone } from "./softphone";
import { levelMeter } from "./sounds";

const PASSED = "cc.microphones.passed";
const MOST = 12;
const LOOK_MS = 50;
const VOICE = 0.4;
/** Loud looks, less a little for each quiet one: a click of the plug is no voice. */
const VOICED_LOOKS = 3;
const FORGETS = 0.05;
const ASK_AFTER_MS = 300;
const ASK_AGAIN_MS = 5000;

function passed(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PASSED) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export class DeviceCheck {
  private test: DeviceTest = UNTESTED;
  private readonly listeners = new Set<() => void>();
  private stopping: (() => void)[] = [];
  private stopListening: (() => void) | null = null;
  private asking: number | undefined;

  constructor(private readonly phone: Softphone) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  current = (): DeviceTest => this.test;

  start(): void {
    this.stopping.push(this.phone.subscribe(() => this.look()));
    this.look();
    void this.measure();
  }

  stop(): void {
    for (const stop of this.stopping) stop();
    this.stopping = [];
    window.clearTimeout(this.asking);
    this.stopListening?.();
    this.stopListening = null;
  }

  tone(heard: boolean): void {
    this.take({ kind: "tone", heard });
  }

  heard(level: number): void {
    this.take({ kind: "heard", level });
  }

  private look(): void {
    const view = this.phone.current();
    const microphone = this.phone.openedMicrophone();
    const before = this.test;
    this.take({
      kind: "phone",
      phone: {
        microphone,
        known: microphone !== null && passed().includes(microphone),
        connected: view.phase === "connected",
        silenced: view.silenced,
        soundBlocked: view.soundBlocked,
      },
    });
    if (this.test.microphone !== before.microphone) this.listen();
    if (this.test.connected && !before.connected) void this.measure();
  }

  /** Listens until a voice was heard; a known microphone needs none. */
  private listen(): void {
    this.stopListening?.();
    this.stopListening = null;
    const stream = this.phone.microphone();
    if (stream === null || this.test.microphone === null || this.test.known) return;
    const meter = levelMeter(stream);
    let voiced = 0;
    const timer = window.setInterval(() => {
      const level = meter.read();
      voiced = level > VOICE ? voiced + 1 : Math.max(0, voiced - FORGETS);
      if (voiced < VOICED_LOOKS) return;
      this.stopListening?.();
      this.stopListening = null;
      this.heard(level);
    }, LOOK_MS);
    this.stopListening = () => {
      window.clearInterval(timer);
      meter.close();
    };
  }

  private async measure(): Promise<void> {
    window.clearTimeout(this.asking);
    if (this.test.connected) {
      const seconds = await this.phone.roundTrip_s();
      if (seconds !== null) this.take({ kind: "round trip", seconds });
    }
    window.clearTimeout(this.asking);
    if (this.stopping.length === 0) return;
    const wait_ms = this.test.connected && this.test.roundTrip_s === null ? ASK_AFTER_MS : ASK_AGAIN_MS;
    this.asking = window.setTimeout(() => void this.measure(), wait_ms);
  }

  private take(event: DeviceEvent): void {
    const next = step(this.test, event);
    if (Object.entries(next).every(([key, value]) => this.test[key as keyof DeviceTest] === value)) return;
    this.test = next;
    const { microphone } = next;
    if (microphone !== null && missing(next) === null && !next.known) {
      const others = passed().filter((each) => each !== microphone);
      localStorage.setItem(PASSED, JSON.stringify([microphone, ...others].slice(0, MOST)));
    }
    for (const listener of this.listeners) listener();
  }
}
