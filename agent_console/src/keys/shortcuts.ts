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

/** The act a key press asks for, or null. `typing` is true while the focus is in a text field. */
export function actOf(press: KeyPress, typing: boolean): Act | null {
  if (press.repeat || press.alt || press.meta) return null;
  if (press.ctrl) {
    if (!press.shift || !(press.code in LETTERS)) return null;
    return LETTERS[press.code as keyof typeof LETTERS];
  }
  if (typing) return null;
  if (press.key === "?") return "shortcuts";
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(press.code);
  return digit && !press.shift ? { disposition: Number(digit[1]) } : null;
}

export function letterOf(act: (typeof LETTERS)[keyof typeof LETTERS]): string {
  const found = Object.entries(LETTERS).find(([, name]) => name === act);
  return `Ctrl+Shift+${(found?.[0] ?? "").replace("Key", "")}`;
}
