/** Pausing and resuming the recording of a call. */

import type { CallPart } from "../api/feed";
import { type Acting, client } from "./context";

/** Pauses a recording that runs and resumes a paused one; nothing for a call that is not recorded. */
export function turnRecording(call: CallPart, act: Acting): void {
  if (call.recording !== "on" && call.recording !== "paused") return;
  const turn = call.recording === "on" ? "pause" : "resume";
  void act(() => client.onRecording(call.contact, turn));
}
