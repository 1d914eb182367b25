import { describe, expect, it } from "vitest";
import type { AgentRow, FeedMessage } from "../src/api/feed";
import { EMPTY_FEED, fold, reconnectDelay_s, resumeQuery, STALE_AFTER_S, staleSince } from "../src/state/feed";

const agent = (id: string, state: AgentRow["state"]): AgentRow => ({ id, name: id.toUpperCase(), team: "", state });

const snapshot = (seq: number, agents: Record<string, AgentRow>): FeedMessage => ({
  type: "snapshot",
  epoch: "e1",
  seq,
  now: 1000 + seq,
  rows: { agents },
});

const changes = (seq: number, agents: Record<string, AgentRow | null>, epoch = "e1"): FeedMessage => ({
  type: "changes",
  epoch,
  seq,
  now: 1000 + seq,
  rows: { agents },
});

const folded = (...messages: FeedMessage[]) =>
  messages.reduce((state, message) => fold(state, message).state, EMPTY_FEED);

describe("the feed fold", () => {
  it("gives the same from an older snapshot and its changes as from a fresh snapshot", () => {
    const older = folded(
      snapshot(1, { a: agent("a", "ready"), b: agent("b", "ready") }),
      changes(2, { a: agent("a", "talking") }),
      changes(3, { b: null, c: agent("c", "wrap_up") }),
    );
    const fresh = folded(snapshot(3, { a: agent("a", "talking"), c: agent("c", "wrap_up") }));
    expect(older).toEqual(fresh);
  });

  it("replaces everything at a snapshot", () => {
    const state = folded(snapshot(1, { a: agent("a", "ready") }), snapshot(9, { b: agent("b", "ready") }));
    expect(Object.keys(state.rows.agents)).toEqual(["b"]);
    expect(state.seq).toBe(9);
  });

  it("takes rows that changed beside the log, under the number it knows already", () => {
    const { state } = fold(fold(EMPTY_FEED, snapshot(7, {})).state, changes(7, { amy: agent("amy", "ready") }));
    expect(state.seq).toBe(7);
    expect(Object.keys(state.rows.agents)).toEqual(["amy"]);
  });

  it("does not apply a change twice", () => {
    const state = folded(
      snapshot(5, { a: agent("a", "ready") }),
      changes(6, { a: agent("a", "talking") }),
      changes(5, { a: agent("a", "held") }),
    );
    expect(state.rows.agents.a?.state).toBe("talking");
    expect(state.seq).toBe(6);
  });

  it("asks for a resync when the server was restarted, and keeps what it shows", () => {
    const before = folded(snapshot(5, { a: agent("a", "ready") }));
    const { state, resync } = fold(before, changes(6, { a: null }, "e2"));
    expect(resync).toBe(true);
    expect(state).toEqual(before);
    expect(fold(before, { type: "heartbeat", epoch: "e2", seq: 0, now: 1 }).resync).toBe(true);
  });

  it("asks for a resync when changes come before any snapshot", () => {
    expect(fold(EMPTY_FEED, changes(1, {})).resync).toBe(true);
  });

  it("moves the clock and the resume point with heartbeats, and nothing else", () => {
    const before = folded(snapshot(5, { a: agent("a", "ready") }));
    const { state, resync } = fold(before, { type: "heartbeat", epoch: "e1", seq: 8, now: 2000 });
    expect(resync).toBe(false);
    expect(state).toEqual({ ...before, seq: 8, now_s: 2000 });
  });

  it("leaves the earlier state untouched", () => {
    const before = folded(snapshot(1, { a: agent("a", "ready") }));
    const copy = structuredClone(before);
    fold(before, changes(2, { a: null, b: agent("b", "ready") }));
    expect(before).toEqual(copy);
  });

  it("resumes where it stands, or from the beginning", () => {
    expect(resumeQuery(EMPTY_FEED)).toBe("");
    expect(resumeQuery(folded(snapshot(7, {})))).toBe("?since=7&epoch=e1");
  });

  it("is stale after more than twelve silent seconds, since the last message", () => {
    const state = folded(snapshot(7, {}));
    expect(staleSince(state, STALE_AFTER_S)).toBeNull();
    expect(staleSince(state, STALE_AFTER_S + 0.1)).toBe(1007);
    expect(staleSince(EMPTY_FEED, 60)).toBeNull();
  });

  it("reconnects quickly at first and never waits long", () => {
    expect(reconnectDelay_s(0, 0.5)).toBeLessThan(0.5);
    expect(reconnectDelay_s(3, 0.5)).toBeGreaterThan(reconnectDelay_s(1, 0.5));
    expect(reconnectDelay_s(50, 1)).toBeLessThanOrEqual(10);
  });
});
