/**
 * Whether an agent can hear and be heard: a microphone that was heard, a connection whose round trip is known.
 *
 * Pure. A microphone that passed in this browser is known and is not asked to be spoken into again.
 */

export interface DeviceTest {
  /** Which microphone; null while there is none. */
  microphone: string | null;
  heard: boolean;
  /** How loud the voice was that was heard, 0 to 1. */
  level: number | null;
  /** Passed here before. */
  known: boolean;
  silenced: boolean;
  connected: boolean;
  soundBlocked: boolean;
  /** Seconds there and back; `untold` where the browser does not measure it. */
  roundTrip_s: number | "untold" | null;
  /** What the agent said about the test tone. */
  tone: "not asked" | "heard" | "not heard";
}

export const UNTESTED: DeviceTest = {
  microphone: null,
  heard: false,
  level: null,
  known: false,
  silenced: false,
  connected: false,
  soundBlocked: false,
  roundTrip_s: null,
  tone: "not asked",
};

/** Talking at the same time begins well below (ITU-T G.114: 400 ms one way is the end of any use). */
export const SLOW_S = 0.3;
export const TOO_SLOW_S = 0.8;

export type DeviceEvent =
  | { kind: "phone"; phone: Omit<DeviceTest, "heard" | "level" | "roundTrip_s" | "tone"> }
  | { kind: "heard"; level: number }
  | { kind: "round trip"; seconds: number | "untold" }
  | { kind: "tone"; heard: boolean };

export function step(test: DeviceTest, event: DeviceEvent): DeviceTest {
  switch (event.kind) {
    case "phone": {
      const { phone } = event;
      return {
        ...test,
        ...phone,
        heard: phone.microphone === test.microphone && test.heard,
        // A new connection has a round trip of its own.
        roundTrip_s: phone.connected && test.connected ? test.roundTrip_s : null,
      };
    }
    case "heard":
      return test.silenced || test.microphone === null ? test : { ...test, heard: true, level: event.level };
    case "round trip":
      return test.connected ? { ...test, roundTrip_s: event.seconds } : test;
    case "tone":
      return { ...test, tone: event.heard ? "heard" : "not heard" };
  }
}

/** As people read it: nothing is 0 ms away. */
export function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000));
}

export type Missing = "connection" | "sound" | "silenced" | "voice" | "roundTrip" | "tooSlow" | "tone";

export interface Figures {
  microphone: string;
  voice: "heard" | "known";
  level: number | null;
  round_trip_ms: number | null;
}

/** What the server is told of a test that has passed; null while it has not. */
export function figures(test: DeviceTest): Figures | null {
  if (missing(test) !== null || test.microphone === null) return null;
  return {
    microphone: test.microphone.slice(0, 256) || "default",
    voice: test.heard ? "heard" : "known",
    level: test.heard ? test.level : null,
    round_trip_ms: typeof test.roundTrip_s === "number" ? test.roundTrip_s * 1000 : null,
  };
}

/** Why calls may not come yet, the first thing to mend; null when everything is well. */
export function missing(test: DeviceTest): Missing | null {
  if (test.microphone === null || !test.connected) return "connection";
  if (test.soundBlocked) return "sound";
  if (test.silenced) return "silenced";
  if (!test.heard && !test.known) return "voice";
  if (test.roundTrip_s === null) return "roundTrip";
  if (test.roundTrip_s !== "untold" && test.roundTrip_s > TOO_SLOW_S) return "tooSlow";
  if (test.tone === "not heard") return "tone";
  return null;
}

/** This page settled on having no phone of its own. */
const NONE_HERE: ReadonlySet<string> = new Set(["denied", "missing", "insecure", "elsewhere"]);

/** The agent's calls come to another device (a desk phone, another tab): nothing here can test that one. */
export function isOtherDevice(device: "up" | "down" | undefined, phase: string): boolean {
  return device === "up" && NONE_HERE.has(phase);
}

/** What resolves itself in a moment, so that nobody needs to be asked anything. */
export function isUnderWay(what: Missing | null): boolean {
  return what === "connection" || what === "roundTrip";
}
