/** What somebody must be told, the most urgent first. Pure. */

import type { Rows } from "../api/feed";

export type Notice = Rows["notices"][string];

const URGENCY = { breach: 0, escalate: 1, warn: 2 } as const;

/** The records being away comes before any promise; of promises the one broken, then the one due first. */
export function inOrder(rows: Rows["notices"]): Notice[] {
  const urgency = (notice: Notice) => (notice.mark === null ? -1 : URGENCY[notice.mark]);
  return Object.values(rows).sort(
    (a, b) => urgency(a) - urgency(b) || (a.due_at ?? 0) - (b.due_at ?? 0) || a.id.localeCompare(b.id),
  );
}

/** Since when events cannot be stored; null while they can. */
export const recordsAwaySince = (rows: Rows["notices"]): number | null =>
  Object.values(rows).find((each) => each.kind === "records_away")?.since ?? null;
