import { describe, expect, it } from "vitest";
import { type Flow, look, stalled, STALLED_MS } from "../src/state/flow";

function after(counts: [number, number][]): Flow | null {
  return counts.reduce<Flow | null>((flow, [received, at]) => look(flow, received, at), null);
}

describe("the sound's path", () => {
  it("is gone when packets came and stop", () => {
    const flow = after([
      [0, 0],
      [10, 200],
      [20, 400],
      [20, 600],
    ]);
    expect(stalled(flow, 600, 400 + STALLED_MS - 1)).toBe(false);
    expect(stalled(flow, 600, 400 + STALLED_MS)).toBe(true);
  });

  it("cannot stop before anything came", () => {
    const flow = after([
      [0, 0],
      [0, 5000],
    ]);
    expect(stalled(flow, 5000, 9000)).toBe(false);
    expect(stalled(null, 0, 9000)).toBe(false);
  });

  it("begins anew with another connection", () => {
    const flow = after([
      [10, 0],
      [500, 200],
      [3, 400],
      [3, 600],
    ]);
    expect(stalled(flow, 600, 5000)).toBe(false);
  });

  it("is not blamed for a page that slept", () => {
    const flow = after([
      [10, 0],
      [20, 200],
    ]);
    expect(stalled(flow, 200, 8000)).toBe(false);
  });
});
