/** The feed as a pure fold: messages in, one consistent state out. Knows neither sockets nor clocks. */

import type { CollectionName, FeedMessage, RowChanges, Rows } from "../api/feed";

export const STALE_AFTER_S = 12;

export interface FeedState {
  epoch: string | number | null;
  seq: number;
  /** The server's clock at the last message, epoch seconds. */
  now_s: number;
  rows: Rows;
}

export interface Folded {
  state: FeedState;
  /** True when the message cannot be applied to what we hold: reconnect for a fresh snapshot. */
  resync: boolean;
}

const COLLECTIONS: readonly CollectionName[] = [
  "agents",
  "contacts",
  "queues",
  "totals",
  "desks",
  "callbacks",
  "formulas",
  "notices",
];

export function emptyRows(): Rows {
  return {
    agents: {},
    contacts: {},
    queues: {},
    totals: {},
    desks: {},
    callbacks: {},
    formulas: {},
    notices: {},
  };
}

export const EMPTY_FEED: FeedState = { epoch: null, seq: 0, now_s: 0, rows: emptyRows() };

export function fold(state: FeedState, message: FeedMessage): Folded {
  switch (message.type) {
    case "snapshot":
      return {
        state: {
          epoch: message.epoch,
          seq: message.seq,
          now_s: message.now,
          rows: { ...emptyRows(), ...message.rows },
        },
        resync: false,
      };
    case "changes":
      if (message.epoch !== state.epoch) return { state, resync: true };
      // The same number again: rows that changed beside the log (a screen-pop arrived, the records are away).
      if (message.seq < state.seq) return { state: { ...state, now_s: message.now }, resync: false };
      return {
        state: { ...state, seq: message.seq, now_s: message.now, rows: changed(state.rows, message.rows) },
        resync: false,
      };
    case "heartbeat":
      if (message.epoch !== state.epoch) return { state, resync: true };
      // Ahead of us only by changes outside what this session may see: the socket keeps the order.
      return { state: { ...state, seq: Math.max(state.seq, message.seq), now_s: message.now }, resync: false };
  }
}

function changed(rows: Rows, changes: RowChanges): Rows {
  const next: Rows = { ...rows };
  for (const name of COLLECTIONS) replaceRows(next, name, changes[name]);
  return next;
}

function replaceRows<C extends CollectionName>(rows: Rows, name: C, changes: RowChanges[C]): void {
  if (!changes) return;
  const collection: Record<string, unknown> = { ...rows[name] };
  for (const [key, row] of Object.entries(changes)) {
    if (row === null) Reflect.deleteProperty(collection, key);
    else collection[key] = row;
  }
  rows[name] = collection as Rows[C];
}

/** Query for a reconnect: resume where we are, or nothing when there is nothing to resume. */
export function resumeQuery(state: FeedState): string {
  if (state.epoch === null) return "";
  return `?since=${state.seq}&epoch=${encodeURIComponent(String(state.epoch))}`;
}

/** When the data on screen was last true (server clock), or null while the feed is alive. */
export function staleSince(state: FeedState, silence_s: number): number | null {
  return silence_s > STALE_AFTER_S && state.epoch !== null ? state.now_s : null;
}

/** Seconds to wait before the nth reconnect (n from 0); `spread` in 0..1 keeps a floor of agents from returning at once. */
export function reconnectDelay_s(attempt: number, spread: number): number {
  return Math.min(8, 0.3 * 2 ** attempt) * (0.75 + 0.5 * spread);
}
