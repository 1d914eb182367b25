/** A recording's waveform and the way through it. Pure. */

const SMALL_STEP_S = 5;
const LARGE_STEP_S = 30;

/** An SVG path of one track: peaks 0-100 as bars around `middle`, at most `reach` high; x runs from 0 to `width`. */
export function tracePath(peaks: readonly number[], width: number, middle: number, reach: number): string {
  const step = width / Math.max(1, peaks.length);
  return peaks
    .map((peak, at) => {
      const x = (at + 0.5) * step;
      const half = Math.max(0.5, (Math.min(100, peak) / 100) * reach);
      return `M${x.toFixed(2)} ${(middle - half).toFixed(2)}V${(middle + half).toFixed(2)}`;
    })
    .join("");
}

/** Where a key leads from `at_s` in a recording of `length_s`; null for a key that leads nowhere. */
export function seekedTo(key: string, at_s: number, length_s: number): number | null {
  const targets: Partial<Record<string, number>> = {
    ArrowRight: at_s + SMALL_STEP_S,
    ArrowUp: at_s + SMALL_STEP_S,
    ArrowLeft: at_s - SMALL_STEP_S,
    ArrowDown: at_s - SMALL_STEP_S,
    PageUp: at_s + LARGE_STEP_S,
    PageDown: at_s - LARGE_STEP_S,
    Home: 0,
    End: length_s,
  };
  const target = targets[key];
  return target === undefined ? null : Math.min(length_s, Math.max(0, target));
}
