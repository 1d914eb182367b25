/** Callbacks as a supervisor reads them: order, place, what may be done. Pure. */

import type { CallbackRow } from "../api/feed";
import { isTextKey, type Translate } from "../i18n";

export interface Placed extends CallbackRow {
  /** The place among the callbacks of its queue, from 1. */
  place: number;
}

/** By queue and place: whoever has waited longest first. */
export function inOrder(rows: Record<string, CallbackRow>): Placed[] {
  const sorted = Object.values(rows).sort(
    (a, b) => a.queue.localeCompare(b.queue) || a.enqueued_at - b.enqueued_at || a.id.localeCompare(b.id),
  );
  const counts = new Map<string, number>();
  return sorted.map((row) => {
    const place = (counts.get(row.queue) ?? 0) + 1;
    counts.set(row.queue, place);
    return { ...row, place };
  });
}

/** Only one that waits can be called sooner; once the customer is on the telephone it cannot be taken out. */
export const mayCallNow = (row: CallbackRow, now_s: number): boolean => row.state === "waiting" && row.due_at > now_s;
export const mayCancel = (row: CallbackRow): boolean => row.state === "waiting" || row.state === "dialling";

/** Why the last attempt came to nothing; empty when there was none. */
export function lastWhy(why: string, t: Translate): string {
  const key = `callbacks.why.${why}`;
  return isTextKey(key) ? t("callbacks.last", { why: t(key) }) : "";
}
