import { describe, expect, it } from "vitest";
import { inOrder, type Notice, recordsAwaySince } from "../src/state/notices";

const notice = (id: string, more: Partial<Notice>): Notice => ({
  id,
  kind: "repair",
  since: 5,
  detail: "",
  case: id,
  customer: "c1",
  clock: "solution",
  mark: "warn",
  owner: "a1",
  due_at: 90,
  ...more,
});

describe("notices", () => {
  it("begin with what cannot wait", () => {
    const rows = [
      notice("later", { due_at: 200, mark: "breach" }),
      notice("warned", {}),
      notice("sooner", { due_at: 10, mark: "breach" }),
      notice("records", { kind: "records_away", case: null, mark: null, due_at: null }),
      notice("escalated", { mark: "escalate" }),
    ];
    const order = inOrder(Object.fromEntries(rows.map((each) => [each.id, each]))).map((each) => each.id);
    expect(order).toEqual(["records", "sooner", "later", "escalated", "warned"]);
  });

  it("say since when records are away", () => {
    expect(recordsAwaySince({})).toBeNull();
    expect(recordsAwaySince({ a: notice("a", {}), r: notice("r", { kind: "records_away", since: 7 }) })).toBe(7);
  });
});
