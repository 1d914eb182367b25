/** Numbers, times and telephone numbers as people read them. Pure. */

export const NONE = "–";

/** `m:ss`, or `h:mm:ss` from one hour on. Negative durations (a clock still settling) read as 0:00. */
export function duration(seconds_s: number | null | undefined): string {
  if (seconds_s === null || seconds_s === undefined || !Number.isFinite(seconds_s)) return NONE;
  const whole = Math.max(0, Math.floor(seconds_s));
  const s = String(whole % 60).padStart(2, "0");
  const m = Math.floor(whole / 60) % 60;
  const h = Math.floor(whole / 3600);
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** A countdown never shows 0:00 while time is left. */
export function countdown(left_s: number): string {
  return duration(Math.ceil(Math.max(0, left_s)));
}

export function percent(ratio: number | null | undefined, digits = 1): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return NONE;
  return `${(ratio * 100).toFixed(digits)}%`;
}

const TWO = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false } as const;
const TAGS = { en: "en-GB", zh: "zh-CN" } as const;

export function clockTime(epoch_s: number | null | undefined, language: "en" | "zh"): string {
  if (epoch_s === null || epoch_s === undefined) return NONE;
  return new Intl.DateTimeFormat(TAGS[language], TWO).format(epoch_s * 1000);
}

export function dateTime(epoch_s: number | null | undefined, language: "en" | "zh"): string {
  if (epoch_s === null || epoch_s === undefined) return NONE;
  const form = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false } as const;
  return new Intl.DateTimeFormat(TAGS[language], form).format(epoch_s * 1000);
}

export function date(when: number | string | null | undefined, language: "en" | "zh"): string {
  if (when === null || when === undefined || when === "") return NONE;
  const at = typeof when === "number" ? new Date(when * 1000) : new Date(when);
  if (Number.isNaN(at.getTime())) return NONE;
  return new Intl.DateTimeFormat(TAGS[language], { year: "numeric", month: "short", day: "numeric" }).format(at);
}

/** Country codes of one and two digits (ITU-T E.164 list); every other one has three. */
const SHORT_CODES = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** E.164 grouped for the eye: Chinese mobiles 3-4-4, others in threes and a last group; anything else unchanged. */
export function phoneNumber(number: string): string {
  const mobile = /^\+86(1\d{2})(\d{4})(\d{4})$/.exec(number);
  if (mobile) return `+86 ${mobile[1] ?? ""} ${mobile[2] ?? ""} ${mobile[3] ?? ""}`;
  const nanp = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  if (nanp) return `+1 ${nanp[1] ?? ""} ${nanp[2] ?? ""} ${nanp[3] ?? ""}`;
  const digits = /^\+(\d{7,15})$/.exec(number)?.[1];
  if (digits === undefined) return number;
  const code = SHORT_CODES.exec(digits)?.[0] ?? digits.slice(0, 3);
  return `+${code} ${digits.slice(code.length).replace(/(\d{3})(?=\d{3})/g, "$1 ")}`;
}
