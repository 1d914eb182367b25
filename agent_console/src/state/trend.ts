/** The wallboard's short curve: samples of the totals while the page is open. Pure. */

export const TREND_S = 900;
const STEP_S = 2;

export interface Sample {
  at_s: number;
  waiting: number;
  talking: number;
}

/** The samples with one more, thinned to one per step and cut to the last quarter of an hour. */
export function sampled(trend: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = trend.at(-1);
  if (last && sample.at_s - last.at_s < STEP_S) {
    if (last.waiting === sample.waiting && last.talking === sample.talking) return trend;
    return [...trend.slice(0, -1), { ...sample, at_s: last.at_s }];
  }
  return [...trend, sample].filter((each) => each.at_s > sample.at_s - TREND_S);
}

/** SVG points of one series in a box of `width` × `height`; steps, because counts do not glide. */
export function stepPath(
  trend: readonly Sample[],
  pick: (sample: Sample) => number,
  box: { width: number; height: number; now_s: number; top: number; span_s: number },
): string {
  const x = (at_s: number): number => box.width * (1 - Math.min(box.span_s, box.now_s - at_s) / box.span_s);
  const y = (value: number): number => box.height * (1 - value / box.top);
  const parts: string[] = [];
  let before: number | null = null;
  for (const sample of trend) {
    const at = x(sample.at_s).toFixed(1);
    const level = y(pick(sample)).toFixed(1);
    parts.push(before === null ? `M${at} ${level}` : `H${at}V${level}`);
    before = pick(sample);
  }
  return parts.length === 0 ? "" : `${parts.join("")}H${box.width}`;
}

const SHORTEST_S = 60;

/** How much time the curve covers: as much as there is, a quarter of an hour at most. */
export function span_s(trend: readonly Sample[], now_s: number): number {
  return Math.min(TREND_S, Math.max(SHORTEST_S, now_s - (trend[0]?.at_s ?? now_s)));
}

/** Upper end of the scale: a round number above every sample. */
export function scaleTop(trend: readonly Sample[]): number {
  const highest = Math.max(4, ...trend.map((each) => Math.max(each.waiting, each.talking)));
  const step = highest <= 10 ? 2 : highest <= 50 ? 10 : 50;
  return Math.ceil(highest / step) * step;
}
