/** Tiles, ordering and judgement of the wallboard, from the feed's rows. Pure. */

import type { AgentRow, AgentState, ContactRow, Figures, QueueRow, Rows } from "../api/feed";
import type { Bilingual } from "../api/types";

/** Never shown by colour alone: each tone has a mark and a word as well. */
export type Tone = "met" | "near" | "missed" | "plain";

/** Within this of the target counts as close. */
const NEAR = 0.05;
/** Goal of the wallboard for abandonment; queues have no setting for it (docs/reference/console-api.md). */
export const ABANDON_LIMIT = 0.05;

export function serviceLevelTone(level: number | null, target: number | null): Tone {
  if (level === null || target === null) return "plain";
  if (level >= target) return "met";
  return level >= target - NEAR ? "near" : "missed";
}

export function abandonTone(rate: number | null): Tone {
  if (rate === null) return "plain";
  if (rate <= ABANDON_LIMIT) return "met";
  return rate <= ABANDON_LIMIT + NEAR ? "near" : "missed";
}

/** Waiting time and speed of answer are judged by the same target as the service level. */
export function waitTone(wait_s: number | null, target_s: number | null): Tone {
  if (wait_s === null || target_s === null) return "plain";
  if (wait_s <= target_s) return "met";
  return wait_s <= 2 * target_s ? "near" : "missed";
}

const BADNESS: readonly Tone[] = ["plain", "met", "near", "missed"];

/** The worst of several judgements. */
export function worst(tones: readonly Tone[]): Tone {
  return tones.reduce<Tone>((bad, tone) => (BADNESS.indexOf(tone) > BADNESS.indexOf(bad) ? tone : bad), "plain");
}

/** All queues against their own targets: what the total is judged by when the targets differ. */
export function judged(queues: readonly QueueRow[], now_s: number) {
  const levels = queues.map((queue) => serviceLevelTone(queue.service_level, queue.target_level));
  const targets = queues.map((queue) => queue.target_s);
  return {
    level: worst(levels),
    met: levels.filter((tone) => tone === "met").length,
    of: levels.filter((tone) => tone !== "plain").length,
    longest: worst(queues.map((queue) => waitTone(waited_s(queue.longest_since, now_s), queue.target_s))),
    asa: worst(queues.map((queue) => waitTone(queue.asa_s, queue.target_s))),
    targets_s: targets.length === 0 ? null : ([Math.min(...targets), Math.max(...targets)] as const),
  };
}

export function waited_s(since: number | null | undefined, now_s: number): number | null {
  return since === null || since === undefined ? null : Math.max(0, now_s - since);
}

const ORDER: readonly AgentState[] = ["ready", "reserved", "talking", "held", "wrap_up", "not_ready", "logged_off"];

export function agentsByState(agents: Rows["agents"]): { state: AgentState; count: number }[] {
  const counts = new Map<AgentState, number>();
  for (const agent of Object.values(agents)) counts.set(agent.state, (counts.get(agent.state) ?? 0) + 1);
  return ORDER.map((state) => ({ state, count: counts.get(state) ?? 0 }));
}

/** Logged-on agents, those in a state longest first within each state. */
export function agentGrid(agents: Rows["agents"]): AgentRow[] {
  return Object.values(agents)
    .filter((agent) => agent.state !== "logged_off")
    .sort(
      (a, b) =>
        ORDER.indexOf(a.state) - ORDER.indexOf(b.state) ||
        (a.since ?? 0) - (b.since ?? 0) ||
        a.name.localeCompare(b.name),
    );
}

/** Waiting or offered contacts in the order in which they will be served (docs/reference/console-api.md). */
export function waitingList(contacts: Rows["contacts"]): ContactRow[] {
  return Object.values(contacts)
    .filter((contact) => contact.state === "waiting" || contact.state === "offered")
    .sort(
      (a, b) =>
        b.priority - a.priority ||
        Math.min(b.returned, 1) - Math.min(a.returned, 1) ||
        (a.enqueued_at ?? a.arrived_at) - (b.enqueued_at ?? b.arrived_at),
    );
}

export function totalsOf(rows: Rows): Figures | null {
  return rows.totals.all ?? null;
}

export function formulaOf(rows: Rows, ...names: string[]): Bilingual | null {
  for (const name of names) {
    const formula = rows.formulas[name];
    if (formula) return formula;
  }
  return null;
}
