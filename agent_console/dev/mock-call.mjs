/** The call of the pretend core: who is in it, who is asked aside. The real rules are the core's. */

const now = () => Date.now() / 1000;

export const TARGETS = (agents) => [
  ...Object.values(agents)
    .filter((each) => each.id !== "a1")
    .map((each) => ({
      kind: "agent",
      id: each.id,
      name: each.name,
      name_zh: each.name,
      state: each.state,
      ready: each.state === "ready",
    })),
  { kind: "queue", id: "sales", name: "Sales", name_zh: "销售", state: null, ready: true },
  { kind: "queue", id: "support", name: "Support", name_zh: "支持", state: null, ready: true },
  { kind: "flow", id: "main_menu", name: "Main menu", name_zh: "Main menu", state: null, ready: true },
];

const party = (role, agent, name, number, state) => ({ role, agent, name, number, state });

/** What every call part has, for one just taken. */
export function begun(work, direction) {
  return {
    ...work,
    since: direction === "outbound" ? 0 : now(),
    state: direction === "outbound" ? "dialling" : "talking",
    direction,
    role: "owner",
    muted: false,
    consult: null,
    consult_ended: null,
    held_since: null,
    recording: direction === "outbound" ? null : "on",
    quality: {
      customer: { mos: 4.4, grade: "good", lost: 0.001, jitter_ms: 2.1, round_trip_ms: 18 },
      you: { mos: 3.9, grade: "fair", lost: 0.02, jitter_ms: 6.4, round_trip_ms: 41 },
    },
    parties: [
      party("customer", null, "", work.from_number, direction === "outbound" ? "ringing" : "talking"),
      party("agent", "a1", "Mei Lin", "", "talking"),
    ],
  };
}

/** The customer waits while `to` is called. */
export function asked(call, to, agents) {
  const [kind, target] = Object.entries(to)[0];
  const agent = kind === "agent" ? { agent: target, name: agents[target].name } : null;
  const consult = { by: "a1", to: kind, target, since: now(), state: "ringing", agent };
  const aside = party("consulted", agent?.agent ?? null, agent?.name ?? "", kind === "number" ? target : "", "ringing");
  return { ...held(call, true), consult, consult_ended: null, parties: [...held(call, true).parties, aside] };
}

export function answered(call) {
  return turned({ ...call, consult: { ...call.consult, state: "held", since: now() } });
}

/** From one to the other. */
export function turned(call) {
  const aside = call.consult.state !== "talking";
  const next = held({ ...call, consult: { ...call.consult, state: aside ? "talking" : "held" } }, aside);
  return {
    ...next,
    parties: next.parties.map((each) =>
      each.role === "consulted" ? { ...each, state: aside ? "talking" : "held" } : each,
    ),
  };
}

export function together(call) {
  const parties = call.parties.map((each) => ({
    ...each,
    role: each.role === "consulted" ? (each.agent ? "agent" : "outside") : each.role,
    state: "talking",
  }));
  return { ...held(call, false), consult: null, parties };
}

export function withoutAside(call) {
  const back = held(call, false);
  return { ...back, consult: null, parties: back.parties.filter((each) => each.role !== "consulted") };
}

/** Who was asked did not take it. */
export function refused(call) {
  const { by, to, target } = call.consult;
  return { ...withoutAside(call), consult_ended: { by, to, target, why: "rejected" } };
}

export function held(call, on) {
  return {
    ...call,
    state: on ? "held" : "talking",
    held_since: on ? now() : null,
    parties: call.parties.map((each) =>
      each.role === "customer" ? { ...each, state: on ? "held" : "talking" } : each,
    ),
  };
}
