/**
 * Whether sound still comes in on a connection. Pure.
 *
 * In a call the server sends all the time, silence too, fifty packets a second: none for a while is a path that
 * is gone (another network, a router that forgot us), long before ICE says so.
 */

export interface Flow {
  received: number;
  /** Whether any came at all: before the first nothing can have stopped. */
  flowing: boolean;
  /** When the last new packet was seen, in milliseconds of any steady clock. */
  at_ms: number;
}

export const STALLED_MS = 700;

/** What was counted at a moment; a count that fell is another connection's. */
export function look(flow: Flow | null, received: number, now_ms: number): Flow {
  if (flow === null || received < flow.received) return { received, flowing: false, at_ms: now_ms };
  if (received > flow.received) return { received, flowing: true, at_ms: now_ms };
  return flow;
}

/** `looked_ms`: when it was looked at before this time. A page that slept has missed nothing. */
export function stalled(flow: Flow | null, looked_ms: number, now_ms: number): boolean {
  if (!flow?.flowing) return false;
  return now_ms - flow.at_ms >= STALLED_MS && looked_ms > flow.at_ms;
}
