/** Rows and messages of the feed (`docs/reference/console-api.md`, "Feed"). */

import type { Bilingual, Customer, Interaction } from "./types";

export type AgentState = "logged_off" | "not_ready" | "ready" | "reserved" | "talking" | "held" | "wrap_up";
export type ContactState = "flow" | "waiting" | "offered" | "talking" | "held";

/** Another agent's row in an agent's feed holds only id, name and state. */
export interface AgentRow {
  id: string;
  name: string;
  state: AgentState;
  team?: string | null;
  since?: number | null;
  reason?: string | null;
  chosen?: string | null;
  device?: "up" | "down";
  contact?: string | null;
  queue?: string | null;
  skills?: Record<string, number>;
  handled?: number;
  rona?: number;
}

export interface ContactRow {
  id: string;
  state: ContactState;
  since: number;
  from_number: string;
  customer: string | null;
  customer_name: string | null;
  tier: string | null;
  queue: string | null;
  skills: Record<string, number>;
  priority: number;
  arrived_at: number;
  enqueued_at: number | null;
  /** Offers of it that lapsed. */
  returned: number;
  agent: string | null;
  node: string | null;
}

export interface Figures {
  waiting: number;
  longest_since: number | null;
  offered: number;
  answered: number;
  answered_in_target: number;
  abandoned: number;
  abandoned_short: number;
  abandoned_after_target: number;
  rona: number;
  service_level: number | null;
  target_level: number | null;
  target_s: number | null;
  short_s: number | null;
  asa_s: number | null;
  aht_s: number | null;
  abandon_rate: number | null;
  talking: number;
  agents_ready: number;
}

export interface QueueRow extends Figures {
  id: string;
  name: string;
}

export interface Decision {
  rule: string;
  wait_s: number;
  sentence: Bilingual;
  candidates: { agent: string; name: string; idle_s: number; proficiency: number }[];
}

export interface Pop {
  matches: Customer[];
  customer: Customer | null;
  interactions: Interaction[];
  flow: string | null;
  path: { node: string; at: number }[];
  digits: { node: string; digits: string }[];
}

export interface OfferPart {
  offer: string;
  contact: string;
  queue: string;
  queue_name: string;
  deadline: number;
  from_number: string;
  wait_s: number;
  skills: Record<string, number>;
  pop: Pop;
  decision: Decision;
}

export interface CallPart {
  contact: string;
  queue: string;
  queue_name: string;
  from_number: string;
  since: number;
  state: "talking" | "held";
  held_since: number | null;
  pop: Pop;
  decision: Decision | null;
  disposition: string | null;
  note: string | null;
}

export interface WrapUpPart {
  contact: string;
  queue: string;
  queue_name: string;
  since: number;
  deadline: number | null;
  disposition: string | null;
  note: string | null;
  disposition_required: boolean;
  pop: Pop;
}

export interface DeskRow {
  agent: string;
  offer: OfferPart | null;
  call: CallPart | null;
  wrap_up: WrapUpPart | null;
}

export interface Collections {
  agents: AgentRow;
  contacts: ContactRow;
  queues: QueueRow;
  totals: Figures;
  desks: DeskRow;
  formulas: Bilingual;
}

export type CollectionName = keyof Collections;
export type Rows = { [C in CollectionName]: Record<string, Collections[C]> };
export type RowChanges = { [C in CollectionName]?: Record<string, Collections[C] | null> };

interface Stamp {
  epoch: string | number;
  seq: number;
  now: number;
}

export type FeedMessage =
  | ({ type: "snapshot"; rows: Partial<Rows> } & Stamp)
  | ({ type: "changes"; rows: RowChanges } & Stamp)
  | ({ type: "heartbeat" } & Stamp);
