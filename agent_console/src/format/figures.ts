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

/** An amount in the company's currency: whole from a hundred on, since cents say nothing there. */
export function money(amount: number | null | undefined, language: "en" | "zh"): string {
  if (amount === null || amount === undefined || !Number.isFinite(amount)) return NONE;
  const digits = Math.abs(amount) >= 100 ? 0 : 2;
  return new Intl.NumberFormat(TAGS[language], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    amount,
  );
}

/** An amount to the cent, where it is a limit: never shown as more than it is. */
export function cents(amount: number, language: "en" | "zh"): string {
  return new Intl.NumberFormat(TAGS[language], { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(amount);
}

/** A count with separators. */
export function count(value: number, language: "en" | "zh"): string {
  return new Intl.NumberFormat(TAGS[language]).format(value);
}

/** A stretch of time in its two largest units: 2 d 3 h, 3 h 5 min, 12 min. */
export function span(seconds: number, language: "en" | "zh"): string {
  const units = language === "zh" ? (["天", "小时", "分"] as const) : (["d", "h", "min"] as const);
  const minutes = Math.max(0, Math.floor(seconds / 60));
  const parts: [number, string][] = [
    [Math.floor(minutes / 1440), units[0]],
    [Math.floor(minutes / 60) % 24, units[1]],
    [minutes % 60, units[2]],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  const shown = first < 0 ? parts.slice(2) : parts.slice(first, first + 2);
  return shown
    .filter(([value], place) => value > 0 || (place === 0 && shown.length === 1))
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}
