/** Which key does what. Pure: a key event and where the focus is in, an act out. */

export type Act =
  | "accept"
  | "reject"
  | "end"
  | "hold"
  | "mute"
  | "recording"
  | "keypad"
  | "transfer"
  | "swap"
  | "conference"
  | "dial"
  | "ready"
  | "not_ready"
  | "done"
  | "note"
  | "shortcuts"
  | { disposition: number };

export interface KeyPress {
  code: string;
  key: string;
  ctrl: boolean;
  shift: boolean;
  alt: boolean;
  meta: boolean;
  repeat: boolean;
}

/** Letters as physical keys, so that they work under any keyboard layout and input method. */
export const LETTERS = {
  KeyA: "accept",
  KeyX: "reject",
  KeyE: "end",
  KeyH: "hold",
  KeyM: "mute",
  KeyR: "recording",
  KeyY: "ready",
  KeyB: "not_ready",
  KeyD: "done",
  KeyL: "note",
  KeyK: "keypad",
  KeyF: "transfer",
  KeyS: "swap",
  KeyG: "conference",
  KeyO: "dial",
} as const satisfies Record<string, Act>;

/** An act that a letter stands for. */
export type LetterAct = (typeof LETTERS)[keyof typeof LETTERS];

/** By physical key: what a letter does. Every act has exactly one letter. */
export type Keys = Readonly<Record<string, LetterAct>>;

const LETTER = /^Key[A-Z]$/;
/** Chromium and Firefox close or open windows with these, whatever a page says. */
export const RESERVED: readonly string[] = ["KeyN", "KeyQ", "KeyT", "KeyW"];

/** The act a key press asks for, or null. `typing` is true while the focus is in a text field. */
export function actOf(press: KeyPress, typing: boolean, keys: Keys = LETTERS): Act | null {
  if (press.repeat || press.alt || press.meta) return null;
  if (press.ctrl) {
    if (!press.shift || !Object.hasOwn(keys, press.code)) return null;
    return keys[press.code] ?? null;
  }
  if (typing) return null;
  if (press.key === "?") return "shortcuts";
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(press.code);
  return digit && !press.shift ? { disposition: Number(digit[1]) } : null;
}

export function codeOf(act: LetterAct, keys: Keys = LETTERS): string {
  return Object.entries(keys).find(([, name]) => name === act)?.[0] ?? "";
}

/** `KeyA` as people write it. */
export function written(code: string): string {
  return `Ctrl+Shift+${code.replace("Key", "")}`;
}

export type Choice =
  { is: "changed"; keys: Keys } | { is: "taken"; by: LetterAct } | { is: "reserved" } | { is: "no letter" };

/** The agent wants `code` to stand for `act`. */
export function choose(keys: Keys, act: LetterAct, code: string): Choice {
  if (!LETTER.test(code)) return { is: "no letter" };
  if (RESERVED.includes(code)) return { is: "reserved" };
  const by = Object.hasOwn(keys, code) ? keys[code] : undefined;
  if (by !== undefined && by !== act) return { is: "taken", by };
  const others = Object.entries(keys).filter(([, name]) => name !== act);
  return { is: "changed", keys: Object.fromEntries([...others, [code, act]]) };
}

/** Two acts take each other's letters. */
export function exchange(keys: Keys, one: LetterAct, other: LetterAct): Keys {
  const taken = (act: LetterAct) => (act === one ? other : act === other ? one : act);
  return Object.fromEntries(Object.entries(keys).map(([code, act]) => [code, taken(act)]));
}

/** What was kept, if it is whole: a console of another version may know other acts. */
export function readKeys(kept: unknown): Keys {
  if (typeof kept !== "object" || kept === null) return LETTERS;
  const acts = new Set<string>(Object.values(LETTERS));
  const entries = Object.entries(kept).filter(
    (entry): entry is [string, LetterAct] =>
      LETTER.test(entry[0]) && !RESERVED.includes(entry[0]) && typeof entry[1] === "string" && acts.has(entry[1]),
  );
  const whole = entries.length === acts.size && new Set(entries.map(([, act]) => act)).size === acts.size;
  return whole ? Object.fromEntries(entries) : LETTERS;
}
