import { describe, expect, it } from "vitest";
import {
  type DeviceEvent,
  type DeviceTest,
  figures,
  isOtherDevice,
  isUnderWay,
  missing,
  step,
  TOO_SLOW_S,
  UNTESTED,
} from "../src/state/deviceTest";

const up = (part: Partial<DeviceTest> = {}): DeviceEvent => ({
  kind: "phone",
  phone: { microphone: "m1", known: false, connected: true, silenced: false, soundBlocked: false, ...part },
});
const after = (...events: DeviceEvent[]): DeviceTest => events.reduce(step, UNTESTED);
const trip = (seconds: number | "untold"): DeviceEvent => ({ kind: "round trip", seconds });
const heard: DeviceEvent = { kind: "heard", level: 0.6 };

describe("the test of an agent's phone", () => {
  it("wants a connection, a voice and a round trip, and nothing else", () => {
    expect(missing(UNTESTED)).toBe("connection");
    expect(missing(after(up()))).toBe("voice");
    expect(missing(after(up(), heard))).toBe("roundTrip");
    expect(missing(after(up(), heard, trip(0.04)))).toBeNull();
    expect(missing(after(up(), heard, trip("untold")))).toBeNull();
  });

  it("does not ask a microphone that is known to be spoken into", () => {
    expect(missing(after(up({ known: true }), trip(0.04)))).toBeNull();
  });

  it("takes nothing for heard that came before another microphone, or while it is silenced", () => {
    expect(missing(after(up(), heard, up({ microphone: "m2" }), trip(0.04)))).toBe("voice");
    expect(after(up({ silenced: true }), heard).heard).toBe(false);
    expect(missing(after(up(), heard, trip(0.04), up({ silenced: true })))).toBe("silenced");
  });

  it("measures each connection anew and refuses one too slow to talk on", () => {
    expect(missing(after(up(), heard, trip(0.04), up({ connected: false })))).toBe("connection");
    expect(missing(after(up(), heard, trip(0.04), up({ connected: false }), up()))).toBe("roundTrip");
    expect(missing(after(up(), heard, trip(TOO_SLOW_S + 0.01)))).toBe("tooSlow");
  });

  it("has figures for the server once it has passed, and none before", () => {
    expect(figures(after(up(), heard))).toBeNull();
    const passed = { microphone: "m1", voice: "heard", level: 0.6, round_trip_ms: 40 };
    expect(figures(after(up(), heard, trip(0.04)))).toEqual(passed);
    const known = { microphone: "m1", voice: "known", level: null, round_trip_ms: null };
    expect(figures(after(up({ known: true }), trip("untold")))).toEqual(known);
  });

  it("believes the agent who hears nothing, until the tone is heard", () => {
    const silent = after(up(), heard, trip(0.04), { kind: "tone", heard: false });
    expect(missing(silent)).toBe("tone");
    expect(missing(step(silent, { kind: "tone", heard: true }))).toBeNull();
    expect(missing(after(up({ soundBlocked: true }), heard, trip(0.04)))).toBe("sound");
  });

  it("leaves a desk phone or another tab alone: only a device of this page is tested here", () => {
    for (const phase of ["denied", "missing", "insecure", "elsewhere"]) expect(isOtherDevice("up", phase)).toBe(true);
    for (const phase of ["connected", "connecting", "lost", "failed"]) expect(isOtherDevice("up", phase)).toBe(false);
    expect(isOtherDevice("down", "denied") || isOtherDevice(undefined, "denied")).toBe(false);
  });

  it("asks nobody while the answer comes by itself", () => {
    expect(isUnderWay("connection") && isUnderWay("roundTrip")).toBe(true);
    expect(isUnderWay("voice") || isUnderWay("tone") || isUnderWay(null)).toBe(false);
  });
});
