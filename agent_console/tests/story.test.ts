import { describe, expect, it } from "vitest";
import type { CtiEvent } from "../src/api/events";
import { translator } from "../src/i18n";
import { pcmuFirst } from "../src/phone/sdp";
import { plainName, resultText, sentenceOf, weightOf } from "../src/state/story";

const names = {
  agent: (id: string) => (id === "a1" ? "Mei Lin" : id),
  queue: (id: string) => (id === "sales" ? "Sales" : id),
  disposition: (code: string) => (code === "solved" ? "Solved" : code),
};
const contact = "k1";
const CALLBACK = { callback: "cb1", contact, queue: "sales" };
const EVENTS: CtiEvent[] = [
  {
    type: "ContactArrived",
    contact,
    from_number: "+12025550143",
    to_number: "1001",
    from_name: "",
    conversation: "v",
    channel: "voice",
    direction: "inbound",
    queue: null,
    trunk: "main-carrier",
  },
  { type: "CustomerIdentified", contact, customer: null, matches: 3, name: "", tier: "" },
  { type: "FlowEntered", contact, flow: "welcome", version: "1" },
  { type: "NodeVisited", contact, flow: "welcome", node: "main_menu" },
  { type: "DigitsCollected", contact, node: "main_menu", digits: "1" },
  {
    type: "Queued",
    contact,
    queue: "sales",
    skills: {},
    alternatives: [],
    relaxed: [],
    priority: 0,
    enqueued_at: 1,
    position: 2,
    requeued: false,
    transferred: false,
  },
  {
    type: "OfferMade",
    contact,
    queue: "sales",
    offer: "o1",
    agent: "a1",
    deadline: 1,
    purpose: "queue",
    by: null,
    decision: {
      rule: "longest_idle",
      wait_s: 8,
      candidates: [{ agent: "a1", idle_s: 9, proficiency: 5, level: 1, penalty: 0, price: 0 }],
      contacts: 1,
      urgency: 0,
      importance: 1,
      target_s: 20,
      gain: 0,
      loss: 0,
      first: false,
      tier: "",
      head_start_s: 0,
      sooner_s: 0,
      own_place: false,
      wish: "",
      relaxed: false,
    },
  },
  { type: "Delivered", contact, offer: "o1", agent: "a1" },
  { type: "OfferLapsed", contact, queue: "sales", offer: "o1", agent: "a1", reason: "rona", purpose: "queue" },
  { type: "OfferAccepted", contact, offer: "o1", agent: "a1" },
  { type: "Established", contact, queue: "sales", agent: "a1", wait_s: 12, again: false },
  { type: "Held", contact, agent: "a1" },
  { type: "Retrieved", contact, agent: "a1" },
  { type: "ConnectionCleared", contact, party: "caller", agent: "a1", by: "caller", cause: 200, number: "" },
  { type: "ContactEnded", contact, outcome: "handled", queue: "sales", agent: "a1", wait_s: 12, talk_s: 60, hold_s: 0 },
  { type: "AgentReserved", contact, offer: "o1", agent: "a1" },
  { type: "AgentBusy", contact, agent: "a1" },
  { type: "AgentWorkingAfterCall", contact, agent: "a1", queue: "sales", deadline: null },
  { type: "DispositionSet", contact, agent: "a1", disposition: "solved", note: "" },
  { type: "WrapUpEnded", contact, queue: "sales", agent: "a1", wrap_up_s: 18, by: "done" },
  { type: "ConsultStarted", contact, agent: "a1", to: "queue", target: "sales" },
  { type: "Consulted", contact, agent: "a1", with_agent: null, with_number: "+12025550188" },
  { type: "ConsultEnded", contact, agent: "a1", why: "cancelled" },
  { type: "Transferred", contact, agent: "a1", queue: "sales", way: "attended", to: "agent", target: "a1" },
  { type: "TransferFailed", contact, why: "rona", back_to: "agent", target: "a1" },
  { type: "Conferenced", contact, agent: "a1", with_agent: "a1", with_number: "" },
  { type: "OutsideJoined", contact, number: "+12025550188" },
  { type: "Muted", contact, agent: "a1", on: true },
  { type: "Diverted", to: "", why: "", contact, queue: "sales" },
  { type: "NoteTaken", contact, agent: "a1", note: "half a word" },
  { type: "Failed", contact, why: "conversation lost" },
  ...(["", "sofia"] as const).map((by) => ({
    type: "CallbackRequested" as const,
    ...CALLBACK,
    number: "+12025550143",
    skills: {},
    alternatives: [],
    relaxed: [],
    priority: 0,
    enqueued_at: 1,
    expires_at: 9,
    language: "en",
    customer: null,
    by,
    promised_at: null,
  })),
  { type: "CallbackRepeated", ...CALLBACK, number: "+12025550143", enqueued_at: 1, promised_at: null },
  ...(["retry", "closed", "asked"] as const).map((why) => ({
    type: "CallbackScheduled" as const,
    ...CALLBACK,
    due_at: 5,
    why,
  })),
  {
    type: "CallbackAttempted",
    ...CALLBACK,
    number: "+12025550143",
    attempt: 2,
    asked_in: "k0",
    enqueued_at: 1,
    agent_first: false,
  },
  { type: "CallbackAnswered", ...CALLBACK },
  { type: "CallbackJoined", ...CALLBACK, enqueued_at: 1 },
  ...(["no_answer", "busy", "unreachable", "not_confirmed", "left_waiting", "no_agent", "failed"] as const).map(
    (why) => ({ type: "CallbackMissed" as const, ...CALLBACK, why }),
  ),
  { type: "CallbackGivenUp", ...CALLBACK },
  { type: "CallbackExpired", ...CALLBACK },
  { type: "CallbackLate", ...CALLBACK, promised_at: 5 },
  { type: "CallbackCancelled", ...CALLBACK, by: "sofia" },
  { type: "CallbackDone", ...CALLBACK, agent: "a1", wait_s: 300 },
];

describe("the story of a call", () => {
  it.each(["en", "zh"] as const)("is a whole sentence for every event (%s)", (language) => {
    for (const event of EVENTS) {
      const sentence = sentenceOf(event, names, translator(language));
      expect(sentence).not.toMatch(/[{}]|undefined|null/);
      expect(sentence).not.toBe(event.type);
      expect(sentence.length).toBeGreaterThan(3);
    }
  });

  it("names people, queues and outcomes, not their codes", () => {
    const t = translator("en");
    const said = EVENTS.map((event) => sentenceOf(event, names, t)).join(" ");
    expect(said).toContain("Mei Lin did not answer.");
    expect(said).toContain("Joined the queue Sales at position 2.");
    expect(said).toContain("set the outcome “Solved”");
    expect(said).not.toMatch(/\ba1\b/);
  });

  it("shows an event it does not know by its name", () => {
    const newer = { type: "FaxReceived", contact } as unknown as CtiEvent;
    expect(sentenceOf(newer, names, translator("zh"))).toBe("FaxReceived");
  });

  it("marks trouble", () => {
    expect(weightOf({ type: "Failed", contact, why: "" })).toBe("trouble");
    expect(weightOf({ type: "Delivered", contact, offer: "o1", agent: "a1" })).toBe("step");
  });

  it("reads results and machine names", () => {
    expect(resultText(null, translator("en"))).toBe("In progress");
    expect(resultText("abandoned", translator("en"))).toBe("Abandoned");
    expect(resultText("overflowed", translator("en"))).toBe("overflowed");
    expect(plainName("ask_order_number")).toBe("ask order number");
  });
});

describe("codec order", () => {
  it("puts PCMU first and keeps the others' order", () => {
    const codecs = ["audio/opus", "audio/G722", "audio/PCMA", "audio/PCMU", "audio/telephone-event"].map(
      (mimeType) => ({
        mimeType,
      }),
    );
    expect(pcmuFirst(codecs).map(({ mimeType }) => mimeType)).toEqual([
      "audio/PCMU",
      "audio/PCMA",
      "audio/opus",
      "audio/G722",
      "audio/telephone-event",
    ]);
  });
});
