import { describe, expect, it } from "vitest";
import { seekedTo, tracePath } from "../src/state/waveform";

describe("waveform", () => {
  it("draws one bar per peak across the whole width, loud ones higher, silence still visible", () => {
    expect(tracePath([0, 100], 10, 20, 8)).toBe("M2.50 19.50V20.50M7.50 12.00V28.00");
    expect(tracePath([], 10, 20, 8)).toBe("");
  });

  it("never leaves its track", () => {
    expect(tracePath([250], 10, 20, 8)).toBe("M5.00 12.00V28.00");
  });
});

describe("the way through a recording", () => {
  it("goes by keys, never beyond the ends", () => {
    expect(seekedTo("ArrowRight", 10, 60)).toBe(15);
    expect(seekedTo("ArrowLeft", 3, 60)).toBe(0);
    expect(seekedTo("PageUp", 40, 60)).toBe(60);
    expect(seekedTo("Home", 40, 60)).toBe(0);
    expect(seekedTo("End", 40, 60)).toBe(60);
  });

  it("leaves other keys alone", () => {
    expect(seekedTo("Tab", 10, 60)).toBeNull();
    expect(seekedTo("a", 10, 60)).toBeNull();
  });
});
