import { describe, expect, it } from "vitest";
import type { CallbackRow } from "../src/api/feed";
import { translator } from "../src/i18n";
import { inOrder, lastWhy, mayCallNow, mayCancel } from "../src/state/callbacks";

function callback(id: string, queue: string, enqueued_at: number, more: Partial<CallbackRow> = {}): CallbackRow {
  return {
    id,
    queue,
    number: "+12025550100",
    customer: null,
    state: "waiting",
    requested_at: enqueued_at,
    enqueued_at,
    due_at: enqueued_at,
    expires_at: 9000,
    promised_at: null,
    late: false,
    attempts: 0,
    last_why: "",
    by: "",
    asked_in: null,
    contact: null,
    ...more,
  };
}

describe("callbacks", () => {
  it("stand in the order of their places, counted in each queue", () => {
    const rows = { c: callback("c", "sales", 30), a: callback("a", "sales", 10), b: callback("b", "billing", 20) };
    expect(inOrder(rows).map((row) => [row.id, row.place])).toEqual([
      ["b", 1],
      ["a", 1],
      ["c", 2],
    ]);
  });

  it("are called sooner only in a pause, and taken out until the customer is there", () => {
    const waiting = callback("a", "sales", 10, { due_at: 100 });
    expect([mayCallNow(waiting, 50), mayCallNow(waiting, 100)]).toEqual([true, false]);
    const states = ["waiting", "dialling", "in_line", "joined"] as const;
    expect(states.map((state) => mayCancel(callback("a", "sales", 10, { state })))).toEqual([true, true, false, false]);
  });

  it("say why the last attempt came to nothing, in both languages", () => {
    expect(lastWhy("busy", translator("en"))).toBe("last: busy");
    expect(lastWhy("busy", translator("zh"))).toBe("上次：占线");
    expect(lastWhy("", translator("en"))).toBe("");
  });
});
