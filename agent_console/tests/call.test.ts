import { describe, expect, it } from "vitest";
import type { CallPart, Party } from "../src/api/feed";
import { callView, unaskedOf } from "../src/state/call";

const party = (role: Party["role"], agent: string | null): Party => ({
  role,
  agent,
  name: "",
  number: "",
  state: "talking",
});
const two = [party("customer", null), party("agent", "amy")];
const consult = { by: "amy", to: "agent", target: "ben", since: 0, state: "talking", agent: null } as const;
const call = (part: Partial<CallPart>): CallPart =>
  ({ role: "owner", state: "talking", consult: null, consult_ended: null, parties: two, ...part }) as CallPart;

describe("what an agent can do in a call", () => {
  it("holds and sends on only while nobody else is in it", () => {
    expect(callView(call({})).alone).toBe(true);
    expect(callView(call({ state: "held" })).alone).toBe(true);
    expect(callView(call({ state: "dialling" })).alone).toBe(false);
    expect(callView(call({ consult, parties: [...two, party("consulted", "ben")] })).alone).toBe(false);
    expect(callView(call({ parties: [...two, party("agent", "ben")] })).alone).toBe(false);
    expect(callView(call({ role: "conference" })).alone).toBe(false);
  });

  it("shows the one aside to him who asks, and who asks to the one aside", () => {
    const parties = [...two, party("consulted", "ben")];
    expect(callView(call({ consult, parties }))).toMatchObject({ asking: consult, askedBy: null, conference: false });
    expect(callView(call({ consult, parties, role: "consulted" }))).toMatchObject({ asking: null, askedBy: consult });
  });

  it("says why who was asked is gone, whatever the core calls it", () => {
    const ended = { by: "amy", to: "agent", target: "ben", why: "rejected" } as const;
    expect(callView(call({ consult_ended: ended })).unasked).toEqual(ended);
    expect(callView(call({ consult_ended: ended, role: "conference" })).unasked).toBeNull();
    expect(["rejected", "rona", "left"].map(unaskedOf)).toEqual(["rejected", "rona", "left"]);
    expect(["not_ready", "agent_gone", "device_failed"].map(unaskedOf)).toEqual([
      "notReady",
      "notReady",
      "deviceFailed",
    ]);
    expect(["486", "408", "503", "unreachable"].map(unaskedOf)).toEqual([
      "busy",
      "noAnswer",
      "unreachable",
      "unreachable",
    ]);
  });

  it("is a conference when a third one talks, agent or outside", () => {
    expect(callView(call({ parties: [...two, party("outside", null)] })).conference).toBe(true);
    expect(callView(call({})).conference).toBe(false);
  });
});
