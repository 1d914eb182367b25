import { useEffect } from "react";
import type { CallPart } from "../../api/feed";
import { lostSince } from "../../state/quality";
import { client, useConsole } from "../context";

const EVERY_MS = 5000;

/** Tells the core every few seconds how the call sounds here: what reaches this browser only the browser knows. */
export function useSoundReport(call: CallPart): void {
  const { phone } = useConsole();
  const contact = call.state === "dialling" ? null : call.contact;
  useEffect(() => {
    if (contact === null) return;
    let before: Awaited<ReturnType<typeof phone.heard>> = null;
    const tell = async () => {
      const now = await phone.heard();
      const lost = before !== null && now !== null ? lostSince(before, now) : null;
      before = now;
      if (now === null || lost === null) return;
      // A call that just ended refuses it; the next one is told of anew.
      await client.sound(contact, { lost, round_trip_ms: now.roundTrip_ms }).catch(() => undefined);
    };
    void tell();
    const timer = window.setInterval(() => void tell(), EVERY_MS);
    return () => window.clearInterval(timer);
  }, [phone, contact]);
}
