/** State marks: a shape and a colour for each state, so that neither has to speak alone. */

import type { AgentState } from "../api/feed";
import type { Tone } from "../state/wallboard";

const SHAPES: Record<AgentState, React.ReactNode> = {
  ready: <circle cx="8" cy="8" r="7" />,
  reserved: <path d="M8 0.5 15.5 8 8 15.5 0.5 8Z" />,
  talking: <rect x="1.5" y="1.5" width="13" height="13" rx="2" />,
  held: <path d="M2 1.5h4.5v13H2zM9.5 1.5H14v13H9.5z" />,
  wrap_up: <path d="M8 1 15.5 14.5H0.5Z" />,
  not_ready: <path d="M8 .8a7.2 7.2 0 1 0 0 14.4A7.2 7.2 0 0 0 8 .8ZM3.6 6.6h8.8v2.8H3.6Z" fillRule="evenodd" />,
  logged_off: <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" />,
};

export function StateMark({ state, size = 16 }: { state: AgentState; size?: number }) {
  return (
    <svg
      className={`mark state-${state}`}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="currentColor"
      aria-hidden
    >
      {SHAPES[state]}
    </svg>
  );
}

const TONES: Record<Exclude<Tone, "plain">, string> = {
  met: "M2.5 8.5 6.5 12.5 13.5 4",
  near: "M2 8q3-5 6 0t6 0",
  missed: "M8 2v7.5M8 12.4v1.4",
};

export function ToneMark({ tone, size = 20 }: { tone: Tone; size?: number }) {
  if (tone === "plain") return null;
  return (
    <svg className={`mark tone-${tone}`} width={size} height={size} viewBox="0 0 16 16" fill="none" aria-hidden>
      <path d={TONES[tone]} stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
