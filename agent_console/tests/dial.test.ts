import { describe, expect, it } from "vitest";
import { causeOf, customerNumber, dialable } from "../src/state/dial";

describe("numbers to dial", () => {
  it.each([
    ["+49 30 1234567", "+49301234567"],
    ["+44 (0)20 7946 0958", "+442079460958"],
    ["0571-8888 0001", "057188880001"],
    ["tel:+1-202-555-0143", "+12025550143"],
    ["sip:+12025550143@example.com", "+12025550143"],
    ["110", "110"],
  ])("takes %s", (text, number) => expect(dialable(text)).toBe(number));

  it.each(["", "7", "Amy", "12a4", "+12", "++4930123456", "1234567890123456"])("refuses “%s”", (text) =>
    expect(dialable(text)).toBeNull(),
  );

  it("says why nobody answered in words, for every failure a number can end with", () => {
    expect([486, 600].map(causeOf)).toEqual(["busy", "busy"]);
    expect([408, 480, 487].map(causeOf)).toEqual(["noAnswer", "noAnswer", "noAnswer"]);
    expect([403, 603].map(causeOf)).toEqual(["declined", "declined"]);
    expect([404, 484, 604].map(causeOf)).toEqual(["unknown", "unknown", "unknown"]);
    expect([500, 503, 488].map(causeOf)).toEqual(["unreachable", "unreachable", "unreachable"]);
  });

  it("knows whose number is the customer's", () => {
    const row = { from_number: "+1", to_number: "+2" };
    expect(customerNumber({ ...row, direction: "outbound" })).toBe("+2");
    expect(customerNumber({ ...row, direction: "inbound" })).toBe("+1");
  });
});
