/** REST shapes of `docs/reference/console-api.md`. Times are epoch seconds, durations seconds. */

import type { CtiEvent } from "./events";

export type Language = "en" | "zh";
export type Bilingual = Record<Language, string>;
export type Role = "agent" | "supervisor" | "administrator" | "integrator";

export interface User {
  id: string;
  login: string;
  name: string;
  roles: Role[];
  agent: string | null;
  language: Language;
}

export interface Session {
  user: User;
  csrf: string;
}

export interface Coded {
  code: string;
  name: Bilingual;
}

export interface CatalogueQueue {
  id: string;
  name: string;
  target_s: number;
  dispositions: Coded[];
  disposition_required: boolean;
}

export interface Catalogue {
  not_ready_reasons: Coded[];
  queues: CatalogueQueue[];
  agents: { id: string; name: string }[];
}

export interface CustomerSummary {
  id: string;
  name: string;
  numbers: string[];
  tier: string | null;
  language: string | null;
}

export interface Customer extends CustomerSummary {
  kind: string;
  emails: string[];
  city: string | null;
  company: string | null;
  notes: string | null;
  tags: string[];
  since: number | string | null;
}

export interface Interaction {
  contact: string;
  customer: string | null;
  customer_name: string | null;
  channel: string;
  direction: string;
  from_number: string;
  to_number: string;
  queue: string | null;
  agent: string | null;
  agent_name: string | null;
  started_at: number;
  ended_at: number | null;
  flow: string | null;
  ivr_path: string[];
  digits: { node: string; digits: string }[];
  ivr_s: number;
  wait_s: number;
  talk_s: number;
  hold_s: number;
  wrap_up_s: number;
  outcome: string | null;
  disposition: string | null;
  note: string | null;
  rona_count: number;
}

/** One event with its place in the log, as `cti.log` stores it. */
export interface RecordedEvent {
  seq: number;
  id: string;
  at: number;
  event: CtiEvent;
}

export interface InteractionStory extends Interaction {
  events: RecordedEvent[];
}
