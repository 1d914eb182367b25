/** What the agent's desk shows, from the feed's rows. Pure. */

import type { AgentRow, AgentState, CallFailed, CallPart, OfferPart, Pop, Rows, WrapUpPart } from "../api/feed";
import type { Catalogue, Coded } from "../api/types";
import type { Translate } from "../i18n";

export type DeskPart =
  | { kind: "idle" }
  | { kind: "offer"; offer: OfferPart }
  | { kind: "call"; call: CallPart }
  | { kind: "wrap_up"; wrapUp: WrapUpPart };

export interface DeskView {
  own: AgentRow | null;
  part: DeskPart;
  /** True after a lapsed offer, until the agent chooses a status. */
  missedOffer: boolean;
  /** What comes after the present work, when the agent has chosen something else meanwhile. */
  afterwards: string | null;
  /** Why the last call out reached nobody, until the agent does something else. */
  failed: CallFailed | null;
}

const BUSY: ReadonlySet<AgentState> = new Set(["reserved", "talking", "held", "wrap_up"]);

/** How a caller who may be leaving is kept, as his tier has it; null for who is not leaving. */
export function keepingText(pop: Pop, t: Translate): string | null {
  const way = pop.treatment?.retention ?? null;
  return way === null ? null : t(`keep.${way}`);
}

export function deskView(rows: Rows, agent: string): DeskView {
  const own = rows.agents[agent] ?? null;
  const desk = rows.desks[agent];
  let part: DeskPart = { kind: "idle" };
  if (desk?.call) part = { kind: "call", call: desk.call };
  else if (desk?.offer) part = { kind: "offer", offer: desk.offer };
  else if (desk?.wrap_up) part = { kind: "wrap_up", wrapUp: desk.wrap_up };
  const chosen = own?.chosen ?? null;
  return {
    own,
    part,
    missedOffer: own?.state === "not_ready" && own.reason === "missed_offer",
    failed: desk?.call_failed ?? null,
    afterwards: own && BUSY.has(own.state) && chosen !== "ready" ? chosen : null,
  };
}

export interface OnDesk {
  contact: string;
  number: string;
  queue: string;
  pop: Pop;
  /** By us: there is no way through a menu to show. */
  called: boolean;
}

/** The contact on the desk and what is known of its customer. */
export function contactOf(part: DeskPart): OnDesk | null {
  switch (part.kind) {
    case "idle":
      return null;
    case "offer":
      return onDesk(part.offer, false);
    case "call":
      return onDesk(part.call, part.call.direction === "outbound");
    case "wrap_up":
      return onDesk(part.wrapUp, part.wrapUp.direction === "outbound");
  }
}

function onDesk(part: OfferPart | CallPart | WrapUpPart, called: boolean): OnDesk {
  return { contact: part.contact, number: part.from_number, queue: part.queue, pop: part.pop, called };
}

export interface Outcomes {
  dispositions: Coded[];
  required: boolean;
}

export function outcomesOf(catalogue: Catalogue | null, queue: string): Outcomes {
  const found = catalogue?.queues.find((each) => each.id === queue);
  return { dispositions: found?.dispositions ?? [], required: found?.disposition_required ?? false };
}
