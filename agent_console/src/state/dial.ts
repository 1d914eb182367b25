/** Numbers to dial, and what became of a call out. Pure. */

/** How a typed or pasted number is dialled, or null when it is none: 2 to 15 digits, with or without `+`. */
export function dialable(text: string): string | null {
  const number = text
    .trim()
    .replace(/^(?:tel|sips?):/i, "")
    .replace(/@.*$/, "")
    .replace(/\(0\)/, "")
    .replace(/[\s().\-/\u00a0\u2010-\u2015]/g, "");
  return /^\+\d{5,15}$|^\d{2,15}$/.test(number) ? number : null;
}

export type Cause = "busy" | "noAnswer" | "declined" | "unknown" | "unreachable";

/** The SIP status with which a number did not answer, as people speak of it (RFC 3261, section 21). */
export function causeOf(status: number): Cause {
  switch (status) {
    case 486:
    case 600:
      return "busy";
    case 408:
    case 480:
    case 487:
      return "noAnswer";
    case 403:
    case 603:
    case 607:
      return "declined";
    case 404:
    case 410:
    case 484:
    case 604:
      return "unknown";
    default:
      return "unreachable";
  }
}

/** Whose number it is: a call of ours went to it, any other came from it. */
export function customerNumber(row: { from_number: string; direction?: string; to_number?: string }): string {
  return row.direction === "outbound" ? (row.to_number ?? "") : row.from_number;
}
