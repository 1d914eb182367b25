/** What an agent can do in a call, and who else is in it. Pure. */

import type { CallPart, Party } from "../api/feed";
import { type Cause, causeOf } from "./dial";

/** Why somebody who was asked is gone, as people speak of it. */
export type Unasked = "rejected" | "rona" | "left" | "notReady" | "deviceFailed" | Cause;

/** The core's reason (`consult_ended.why`): a lapse, `left`, or the SIP status of an outside number. */
export function unaskedOf(why: string): Unasked {
  switch (why) {
    case "rejected":
    case "rona":
    case "left":
      return why;
    case "not_ready":
    case "agent_gone":
      return "notReady";
    case "device_failed":
      return "deviceFailed";
    default:
      return causeOf(Number(why));
  }
}

export interface CallView {
  /** The customer is mine to hold, to send on, to ask about. */
  owner: boolean;
  /** Nobody is asked aside and no third one talks: only then a customer may be held or sent on. */
  alone: boolean;
  conference: boolean;
  /** Who is asked by me. */
  asking: NonNullable<CallPart["consult"]> | null;
  /** Who was asked by me and is gone. */
  unasked: NonNullable<CallPart["consult_ended"]> | null;
  /** By whom I am asked. */
  askedBy: NonNullable<CallPart["consult"]> | null;
}

export function callView(call: CallPart): CallView {
  const owner = call.role === "owner";
  const consult = call.consult;
  const talking = call.parties.filter((party) => party.role !== "consulted").length;
  return {
    owner,
    alone: owner && consult === null && talking <= 2 && call.state !== "dialling",
    conference: talking > 2,
    asking: owner ? consult : null,
    unasked: owner ? call.consult_ended : null,
    askedBy: call.role === "consulted" ? consult : null,
  };
}

/** Who can be called by the name the screens have for him; the number otherwise. */
export function partyId(party: Party): string {
  return `${party.role} ${party.agent ?? party.number}`;
}
