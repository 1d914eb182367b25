/** The CTI event union (`contact_center/cti/events.py`, version 1), as far as a contact's story holds them. */

export type CtiEvent =
  | { type: "ContactArrived"; contact: string; from_number: string; to_number: string; from_name: string }
  | { type: "CustomerIdentified"; contact: string; customer: string | null; matches: number }
  | { type: "FlowEntered"; contact: string; flow: string; version: string }
  | { type: "NodeVisited"; contact: string; flow: string; node: string }
  | { type: "DigitsCollected"; contact: string; node: string; digits: string }
  | {
      type: "Queued";
      contact: string;
      queue: string;
      skills: Record<string, number>;
      position: number;
      requeued: boolean;
    }
  | {
      type: "OfferMade";
      contact: string;
      queue: string;
      offer: string;
      agent: string;
      deadline: number;
      decision: { rule: string; wait_s: number; candidates: { agent: string; idle_s: number; proficiency: number }[] };
    }
  | { type: "Delivered"; contact: string; agent: string }
  | { type: "OfferAccepted"; contact: string; agent: string }
  | { type: "OfferLapsed"; contact: string; agent: string; reason: OfferLapse }
  | { type: "Established"; contact: string; queue: string; agent: string; wait_s: number }
  | { type: "Held"; contact: string; agent: string }
  | { type: "Retrieved"; contact: string; agent: string }
  | { type: "ConnectionCleared"; contact: string; party: Party; agent: string | null; by: Party | "system" }
  | { type: "Failed"; contact: string; why: string }
  | { type: "ContactEnded"; contact: string; outcome: string; wait_s: number; talk_s: number; hold_s: number }
  | { type: "AgentReserved"; agent: string; contact: string }
  | { type: "AgentBusy"; agent: string; contact: string }
  | { type: "AgentWorkingAfterCall"; agent: string; contact: string; queue: string; deadline: number | null }
  | { type: "WrapUpEnded"; agent: string; contact: string; wrap_up_s: number; by: WrapUpEnd }
  | { type: "DispositionSet"; contact: string; agent: string; disposition: string; note: string };

export type Party = "caller" | "agent";
export type OfferLapse = "rona" | "rejected" | "caller_gone" | "device_failed" | "agent_gone";
export type WrapUpEnd = "done" | "timeout" | "logged_off";
