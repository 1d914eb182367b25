import { describe, expect, it } from "vitest";
import { countdown, date, duration, NONE, percent, phoneNumber } from "../src/format/figures";

describe("figures", () => {
  it.each([
    [0, "0:00"],
    [59.9, "0:59"],
    [60, "1:00"],
    [3599, "59:59"],
    [3661, "1:01:01"],
    [-3, "0:00"],
    [null, NONE],
    [undefined, NONE],
    [Number.NaN, NONE],
  ])("reads %s seconds as %s", (seconds_s, text) => {
    expect(duration(seconds_s)).toBe(text);
  });

  it("never counts down to nothing while time is left", () => {
    expect(countdown(0.2)).toBe("0:01");
    expect(countdown(15)).toBe("0:15");
    expect(countdown(-1)).toBe("0:00");
  });

  it("gives ratios as per cent, and undefined ones as a dash", () => {
    expect(percent(0.8274)).toBe("82.7%");
    expect(percent(0.8, 0)).toBe("80%");
    expect(percent(null)).toBe(NONE);
  });

  it.each([
    ["+8613812345678", "+86 138 1234 5678"],
    ["+12025550143", "+1 202 555 0143"],
    ["+351912345678", "+351 912 345 678"],
    ["+34911234567", "+34 911 234 567"],
    ["1001", "1001"],
    ["anonymous", "anonymous"],
  ])("groups %s as %s", (number, text) => {
    expect(phoneNumber(number)).toBe(text);
  });

  it("loses no digit of any number", () => {
    for (const number of ["+4930123456", "+85212345678", "+79161234567", "+390612345678", "+2348012345678"]) {
      expect(phoneNumber(number).replaceAll(" ", "")).toBe(number);
    }
  });

  it("reads dates given as a day or as a moment", () => {
    expect(date("2021-03-04", "en")).toBe("4 Mar 2021");
    expect(date(null, "en")).toBe(NONE);
    expect(date("soon", "zh")).toBe(NONE);
  });
});
