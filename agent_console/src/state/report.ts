/** The service report as lines of text, from the server's figures. Pure. */

import type { ServiceReport } from "../api/types";
import { duration, NONE, percent } from "../format/figures";

/** In the order read: what came, what became of it, how well. */
export const COUNTS = [
  "offered",
  "answered",
  "answered_in_target",
  "abandoned",
  "abandoned_short",
  "abandoned_after_target",
  "handled",
  "rona",
] as const;
export const SHARES = [
  "service_level",
  "service_level_answered",
  "service_level_all",
  "service_level_abandoned_in_target",
  "service_level_short",
  "abandon_rate",
] as const;
export const TIMES = ["asa_s", "aht_s"] as const;
export const FIGURES = [...COUNTS, ...SHARES, ...TIMES] as const;
export type FigureName = (typeof FIGURES)[number];

const SHARE_NAMES: ReadonlySet<string> = new Set(SHARES);
const TIME_NAMES: ReadonlySet<string> = new Set(TIMES);

export function figureText(name: FigureName, value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (SHARE_NAMES.has(name)) return percent(value);
  return TIME_NAMES.has(name) ? duration(value) : String(value);
}

export type PartName = "in_target" | "late" | "gone";
export interface Bar {
  queue: string;
  offered: number;
  parts: { name: PartName; count: number }[];
}

/** What became of each queue's calls; those still waiting are the rest of the bar. */
export function bars(queues: ServiceReport["queues"]): Bar[] {
  return queues.map(({ queue, figures }) => {
    const count = (name: FigureName): number => figures[name] ?? 0;
    return {
      queue,
      offered: count("offered"),
      parts: [
        { name: "in_target", count: count("answered_in_target") },
        { name: "late", count: count("answered") - count("answered_in_target") },
        { name: "gone", count: count("abandoned") },
      ],
    };
  });
}
