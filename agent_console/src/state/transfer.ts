/** Whom a customer may be sent to, as the transfer dialog lists them. Pure. */

import type { AgentRow, AgentState } from "../api/feed";
import type { Destination, Language } from "../api/types";
import { dialable } from "./dial";

export interface Choice {
  kind: Destination["kind"];
  id: string;
  name: string;
  /** An agent's; null for what is no agent. */
  state: AgentState | null;
  ready: boolean;
  /** Whether somebody can be asked there before the customer is sent. */
  asks: boolean;
}

/** Whoever can be asked now first, then those who will be free soonest. */
const ORDER: readonly AgentState[] = ["ready", "wrap_up", "talking", "held", "reserved", "not_ready", "logged_off"];
const KINDS: readonly Choice["kind"][] = ["agent", "queue", "flow", "number"];

function isState(text: string | null): text is AgentState {
  return text !== null && (ORDER as readonly string[]).includes(text);
}

function choiceOf(found: Destination, agents: Record<string, AgentRow>, language: Language): Choice {
  // The list is as old as the dialog; the feed is not.
  const live = found.kind === "agent" ? agents[found.id]?.state : undefined;
  const state = live ?? (isState(found.state) ? found.state : null);
  return {
    kind: found.kind,
    id: found.id,
    name: (language === "zh" && found.name_zh) || found.name,
    state,
    ready: live === undefined ? found.ready : live === "ready",
    asks: found.kind !== "flow",
  };
}

function before(a: Choice, b: Choice): number {
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  if (a.kind !== "agent") return 0;
  if (a.ready !== b.ready) return a.ready ? -1 : 1;
  const [left, right] = [a.state, b.state].map((state) => (state === null ? ORDER.length : ORDER.indexOf(state)));
  return (left ?? 0) - (right ?? 0) || a.name.localeCompare(b.name);
}

/** What matches every word of `text`, and the text itself where it is a telephone number. */
export function choicesFor(
  found: readonly Destination[],
  agents: Record<string, AgentRow>,
  text: string,
  language: Language,
): Choice[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const listed = found
    .map((each) => choiceOf(each, agents, language))
    .filter((each) => words.every((word) => `${each.name} ${each.id}`.toLowerCase().includes(word)))
    .sort(before);
  const number = dialable(text);
  if (number === null) return listed;
  return [...listed, { kind: "number", id: number, name: number, state: null, ready: true, asks: true }];
}

/** The next choice that can be taken, up or down from `at`, round the end; `at` itself when there is none. */
export function nextReady(choices: readonly Choice[], at: number, step: 1 | -1): number {
  for (let moved = 1; moved <= choices.length; moved += 1) {
    const index = (((at + step * moved) % choices.length) + choices.length) % choices.length;
    if (choices[index]?.ready) return index;
  }
  return at;
}
