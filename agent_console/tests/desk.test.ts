import { describe, expect, it } from "vitest";
import type { AgentRow, CallPart, OfferPart, Pop, Rows, WrapUpPart } from "../src/api/feed";
import { contactOf, deskView, keepingText, outcomesOf } from "../src/state/desk";
import { translator } from "../src/i18n";
import { emptyRows } from "../src/state/feed";

const pop: Pop = {
  matches: [],
  told_apart: [],
  customer: null,
  interactions: [],
  flow: null,
  path: [],
  digits: [],
  portrait: null,
  treatment: null,
  offers: [],
};
const offer = { offer: "o1", contact: "k1", queue: "sales", from_number: "+8613812345678", pop } as OfferPart;
const call = { contact: "k1", queue: "sales", from_number: "+8613812345678", state: "talking", pop } as CallPart;
const wrapUp = { contact: "k1", queue: "sales", pop } as WrapUpPart;

function rows(own: Partial<AgentRow>, desk: Partial<Rows["desks"][string]>): Rows {
  return {
    ...emptyRows(),
    agents: { a1: { id: "a1", name: "Mei", team: "north", state: "ready", ...own } },
    desks: { a1: { agent: "a1", offer: null, call: null, wrap_up: null, call_failed: null, ...desk } },
  };
}

describe("the agent's desk", () => {
  it("shows nothing, an offer, a call or the wrap-up", () => {
    expect(deskView(rows({}, {}), "a1").part.kind).toBe("idle");
    expect(deskView(rows({}, { offer }), "a1").part.kind).toBe("offer");
    expect(deskView(rows({}, { call }), "a1").part.kind).toBe("call");
    expect(deskView(rows({}, { wrap_up: wrapUp }), "a1").part.kind).toBe("wrap_up");
  });

  it("is idle before the feed knows the agent", () => {
    expect(deskView(emptyRows(), "a1")).toEqual({
      own: null,
      part: { kind: "idle" },
      missedOffer: false,
      afterwards: null,
      failed: null,
    });
  });

  it("keeps a live call in front of anything else", () => {
    expect(deskView(rows({}, { offer, call, wrap_up: wrapUp }), "a1").part.kind).toBe("call");
  });

  it("says when an offer was missed, until another status is chosen", () => {
    expect(deskView(rows({ state: "not_ready", reason: "missed_offer" }, {}), "a1").missedOffer).toBe(true);
    expect(deskView(rows({ state: "not_ready", reason: "break" }, {}), "a1").missedOffer).toBe(false);
    expect(deskView(rows({ state: "ready", reason: "" }, {}), "a1").missedOffer).toBe(false);
  });

  it("says what follows the present work only when it differs from ready", () => {
    expect(deskView(rows({ state: "talking", chosen: "break" }, { call }), "a1").afterwards).toBe("break");
    expect(deskView(rows({ state: "talking", chosen: "ready" }, { call }), "a1").afterwards).toBeNull();
    expect(deskView(rows({ state: "not_ready", chosen: "break" }, {}), "a1").afterwards).toBeNull();
  });

  it("keeps the same contact on the desk from offer to wrap-up", () => {
    for (const desk of [{ offer }, { call }, { wrap_up: wrapUp }]) {
      expect(contactOf(deskView(rows({}, desk), "a1").part)?.contact).toBe("k1");
    }
    expect(contactOf({ kind: "idle" })).toBeNull();
  });

  it("takes the outcomes of the call's queue", () => {
    const dispositions = [{ code: "solved", name: { en: "Solved", zh: "已解决" } }];
    const catalogue = {
      not_ready_reasons: [],
      agents: [],
      queues: [{ id: "sales", name: "Sales", name_zh: "销售", target_s: 20, dispositions, disposition_required: true }],
    };
    expect(outcomesOf(catalogue, "sales")).toEqual({ dispositions, required: true });
    expect(outcomesOf(catalogue, "other")).toEqual({ dispositions: [], required: false });
    expect(outcomesOf(null, "sales").required).toBe(false);
  });
});

describe("a caller who may be leaving", () => {
  it("is kept as his tier has it, and nothing is said of who is not leaving", () => {
    const treated = (retention: string | null) => ({ ...pop, treatment: { retention } }) as unknown as Pop;
    expect(keepingText(pop, translator("en"))).toBeNull();
    expect(keepingText(treated(null), translator("en"))).toBeNull();
    expect(keepingText(treated("callback_one_day"), translator("en"))).toContain("within one day");
    expect(keepingText(treated("warm_transfer_now"), translator("zh"))).toContain("立即转接");
  });
});
