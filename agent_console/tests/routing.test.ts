import { describe, expect, it } from "vitest";
import type { QueueRouting } from "../src/api/types";
import { changes, levelOf, neighbour, withLevel } from "../src/state/routing";

const QUEUE: QueueRouting = {
  id: "billing",
  name: "Billing",
  name_zh: "账单",
  routing: "fcfs",
  target_s: 20,
  importance: 1,
  hold_targets: 6,
  cap: 3,
  overflow_to: "",
  overflow_length: null,
  overflow_wait_s: null,
  closed: false,
  hours: "",
  tiering: false,
  sticky: "off",
  sticky_s: 20,
  retention_skill: "",
};

describe("what is sent of a changed queue", () => {
  it("is what differs, and a lifted limit is null", () => {
    expect(changes(QUEUE, { ...QUEUE, routing: "fair", cap: null })).toEqual({ routing: "fair", cap: null });
    expect(changes(QUEUE, QUEUE)).toEqual({});
  });
});

describe("levels", () => {
  it("are set, changed and taken away", () => {
    expect(withLevel({}, "billing", 3)).toEqual({ billing: 3 });
    expect(withLevel({ billing: 3, english: 5 }, "billing", 1)).toEqual({ english: 5, billing: 1 });
    expect(withLevel({ billing: 3, english: 5 }, "billing", 0)).toEqual({ english: 5 });
  });
  it("are what the keys 0 to 5 say", () => {
    expect(["0", "5", "6", "a", "Delete"].map(levelOf)).toEqual([0, 5, null, null, 0]);
  });
});

describe("the keyboard in the matrix", () => {
  it("moves to the neighbour and stops at the edge", () => {
    expect(neighbour("ArrowRight", [0, 0], 2, 3)).toEqual([0, 1]);
    expect(neighbour("Enter", [0, 2], 2, 3)).toEqual([1, 2]);
    expect(neighbour("End", [1, 0], 2, 3)).toEqual([1, 2]);
    expect(neighbour("ArrowUp", [0, 0], 2, 3)).toBeNull();
    expect(neighbour("ArrowLeft", [0, 0], 2, 3)).toBeNull();
    expect(neighbour("x", [0, 0], 2, 3)).toBeNull();
  });
});
