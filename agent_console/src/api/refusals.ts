/** Why the core refused: its code for it, looked up in the dictionary. Pure. */

import { isTextKey, type TextKey } from "../i18n";

/** What was asked for, where the same code means different things. */
export type Asked = "agent" | "queue" | "flow" | "number" | "consult" | "logOut" | "callback";

/** The code a problem's type ends in (`urn:contact-center:problem:device`); empty when it has none. */
export function codeOf(type: string): string {
  return /urn:contact-center:problem:(\w+)/.exec(type)?.[1] ?? "";
}

/** The text for a refusal, the more exact one first; null for a code nobody has written a text for. */
export function refusal(type: string, asked: Asked | null): TextKey | null {
  const code = codeOf(type);
  for (const key of [`refused.${code}.${asked ?? ""}`, `refused.${code}`]) if (isTextKey(key)) return key;
  return null;
}
