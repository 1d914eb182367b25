import { useCallback, useEffect, useRef, useState } from "react";
import type { CallPart } from "../../api/feed";
import { client, useAct, useConsole } from "../context";

/**
 * Mutes at the microphone at once and in the core for good: there it also silences a desk phone, and outlives a
 * refresh. What was asked for holds on screen until the core has answered and its feed says the same.
 */
export function useMute(call: CallPart): { muted: boolean; turn: () => void } {
  const { phone } = useConsole();
  const act = useAct();
  const [wish, setWish] = useState<boolean | null>(null);
  const [underWay, setUnderWay] = useState(0);
  const queue = useRef<Promise<unknown>>(Promise.resolve());
  const settled = wish === null || (underWay === 0 && wish === call.muted);
  const muted = settled ? call.muted : wish;

  useEffect(() => phone.setMuted(muted), [phone, muted]);
  // A call never starts muted because the one before ended so.
  useEffect(() => () => phone.setMuted(false), [phone]);

  const turn = useCallback(() => {
    const on = !muted;
    setWish(on);
    setUnderWay((count) => count + 1);
    queue.current = queue.current.then(async () => {
      const worked = await act(() => client.onContact(call.contact, on ? "mute" : "unmute"));
      setUnderWay((count) => count - 1);
      if (!worked) setWish(null);
    });
  }, [muted, act, call.contact]);

  return { muted, turn };
}
