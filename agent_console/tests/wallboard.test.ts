import { describe, expect, it } from "vitest";
import type { AgentRow, ContactRow, QueueRow } from "../src/api/feed";
import { sampled, type Sample, scaleTop, span_s, stepPath, TREND_S } from "../src/state/trend";
import {
  abandonTone,
  agentGrid,
  agentsByState,
  judged,
  serviceLevelTone,
  waited_s,
  waitingList,
  waitTone,
} from "../src/state/wallboard";

const agent = (id: string, state: AgentRow["state"], since: number): AgentRow => ({
  id,
  name: id,
  team: "",
  state,
  since,
});
const contact = (id: string, state: ContactRow["state"], enqueued_at: number): ContactRow =>
  ({ id, state, enqueued_at, arrived_at: 0, priority: 0, returned: 0 }) as ContactRow;

describe("the wallboard", () => {
  it("judges figures against their targets, and not without one", () => {
    expect(serviceLevelTone(0.8, 0.8)).toBe("met");
    expect(serviceLevelTone(0.76, 0.8)).toBe("near");
    expect(serviceLevelTone(0.6, 0.8)).toBe("missed");
    expect(serviceLevelTone(null, 0.8)).toBe("plain");
    expect(serviceLevelTone(0.6, null)).toBe("plain");
    expect([abandonTone(0.05), abandonTone(0.08), abandonTone(0.2), abandonTone(null)]).toEqual([
      "met",
      "near",
      "missed",
      "plain",
    ]);
    expect([waitTone(20, 20), waitTone(35, 20), waitTone(41, 20)]).toEqual(["met", "near", "missed"]);
  });

  it("judges the total by every queue's own target", () => {
    const queue = (service_level: number | null, asa_s: number, longest_since: number | null): QueueRow =>
      ({ service_level, target_level: 0.8, target_s: 20, asa_s, longest_since }) as QueueRow;
    const all = judged([queue(0.9, 5, 90), queue(0.5, 30, null), { ...queue(null, 5, null), target_s: 30 }], 100);
    expect(all).toEqual({ level: "missed", met: 1, of: 2, longest: "met", asa: "near", targets_s: [20, 30] });
    expect(judged([], 0)).toMatchObject({ level: "plain", targets_s: null });
  });

  it("counts every agent once, in every state", () => {
    const agents = { a: agent("a", "ready", 5), b: agent("b", "ready", 1), c: agent("c", "logged_off", 0) };
    const counts = agentsByState(agents);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(counts.find(({ state }) => state === "ready")?.count).toBe(2);
  });

  it("lists logged-on agents, the longest in a state first", () => {
    const agents = {
      a: agent("a", "ready", 5),
      b: agent("b", "ready", 1),
      c: agent("c", "logged_off", 0),
      d: agent("d", "talking", 0),
    };
    expect(agentGrid(agents).map(({ id }) => id)).toEqual(["b", "a", "d"]);
  });

  it("lists waiting and offered callers, the longest first", () => {
    const contacts = {
      a: contact("a", "waiting", 30),
      b: contact("b", "offered", 10),
      c: contact("c", "talking", 1),
      d: contact("d", "flow", 2),
    };
    expect(waitingList(contacts).map(({ id }) => id)).toEqual(["b", "a"]);
    const missed = { m: { ...contact("m", "waiting", 30), returned: 1 } };
    const urgent = { u: { ...contact("u", "waiting", 40), priority: 1 } };
    expect(waitingList({ ...contacts, ...missed, ...urgent }).map(({ id }) => id)).toEqual(["u", "m", "b", "a"]);
  });

  it("never shows a negative wait", () => {
    expect(waited_s(100, 99.8)).toBe(0);
    expect(waited_s(null, 99)).toBeNull();
  });
});

describe("the curve", () => {
  const at = (at_s: number, waiting: number, talking = 0): Sample => ({ at_s, waiting, talking });

  it("keeps a quarter of an hour", () => {
    let trend: readonly Sample[] = [];
    for (let at_s = 0; at_s <= 2 * TREND_S; at_s += 10) trend = sampled(trend, at(at_s, at_s % 7));
    expect(trend.at(0)?.at_s).toBeGreaterThan(TREND_S);
    expect(trend.at(-1)?.at_s).toBe(2 * TREND_S);
  });

  it("keeps one sample per step, the newest values", () => {
    const trend = sampled(sampled([], at(0, 1)), at(0.5, 4));
    expect(trend).toEqual([at(0, 4)]);
  });

  it("draws steps that stay in the box", () => {
    const path = stepPath([at(0, 0), at(450, 4)], (each) => each.waiting, {
      width: 100,
      height: 50,
      now_s: TREND_S,
      top: 4,
      span_s: TREND_S,
    });
    expect(path).toBe("M0.0 50.0H50.0V0.0H100");
    expect(stepPath([], (each) => each.waiting, { width: 1, height: 1, now_s: 0, top: 1, span_s: 60 })).toBe("");
  });

  it("covers the time there is, from a minute to a quarter of an hour", () => {
    expect([span_s([], 5), span_s([at(0, 1)], 300), span_s([at(0, 1)], 5000)]).toEqual([60, 300, TREND_S]);
  });

  it("has a scale above every sample", () => {
    expect(scaleTop([])).toBe(4);
    expect(scaleTop([at(0, 3, 7)])).toBe(8);
    expect(scaleTop([at(0, 33)])).toBe(40);
  });
});
