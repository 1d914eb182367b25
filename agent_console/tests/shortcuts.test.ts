import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  actOf,
  choose,
  codeOf,
  exchange,
  type KeyPress,
  type Keys,
  LETTERS,
  RESERVED,
  readKeys,
  written,
} from "../src/keys/shortcuts";

const press = (part: Partial<KeyPress>): KeyPress => ({
  code: "",
  key: "",
  ctrl: false,
  shift: false,
  alt: false,
  meta: false,
  repeat: false,
  ...part,
});

describe("shortcuts", () => {
  it("answers Ctrl+Shift+letter everywhere, also while typing", () => {
    const accept = press({ code: "KeyA", key: "A", ctrl: true, shift: true });
    expect(actOf(accept, false)).toBe("accept");
    expect(actOf(accept, true)).toBe("accept");
  });

  it("works by the physical key under another layout", () => {
    expect(actOf(press({ code: "KeyH", key: "Р", ctrl: true, shift: true }), false)).toBe("hold");
  });

  it("leaves the browser's and the editor's own keys alone", () => {
    expect(actOf(press({ code: "KeyA", key: "a", ctrl: true }), false)).toBeNull();
    expect(actOf(press({ code: "KeyZ", key: "Z", ctrl: true, shift: true }), false)).toBeNull();
    expect(actOf(press({ code: "KeyA", key: "A", ctrl: true, shift: true, alt: true }), false)).toBeNull();
    expect(actOf(press({ code: "KeyA", key: "a" }), false)).toBeNull();
  });

  it("chooses outcomes by digit only while nobody types", () => {
    expect(actOf(press({ code: "Digit3", key: "3" }), false)).toEqual({ disposition: 3 });
    expect(actOf(press({ code: "Numpad9", key: "9" }), false)).toEqual({ disposition: 9 });
    expect(actOf(press({ code: "Digit3", key: "3" }), true)).toBeNull();
    expect(actOf(press({ code: "Digit0", key: "0" }), false)).toBeNull();
  });

  it("opens the list with a question mark, not inside a sentence", () => {
    expect(actOf(press({ code: "Slash", key: "?", shift: true }), false)).toBe("shortcuts");
    expect(actOf(press({ code: "Slash", key: "?", shift: true }), true)).toBeNull();
  });

  it("does not act again while a key is held down", () => {
    expect(actOf(press({ code: "KeyH", key: "H", ctrl: true, shift: true, repeat: true }), false)).toBeNull();
  });

  it("uses no letter the browser keeps for itself, and each act once", () => {
    for (const code of Object.keys(LETTERS)) expect(RESERVED).not.toContain(code);
    expect(new Set(Object.values(LETTERS)).size).toBe(Object.keys(LETTERS).length);
    expect(written(codeOf("end"))).toBe("Ctrl+Shift+E");
  });

  it("is documented key by key", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/reference/console-shortcuts.md"), "utf8");
    const written = [...page.matchAll(/^\| `Ctrl\+Shift\+([A-Z])`/gm)].map((found) => `Key${found[1] ?? ""}`);
    expect(written.sort()).toEqual(Object.keys(LETTERS).sort());
  });
});

function changed(keys: Keys, act: Parameters<typeof choose>[1], code: string): Keys {
  const choice = choose(keys, act, code);
  if (choice.is !== "changed") throw new Error(choice.is);
  return choice.keys;
}

describe("keys of one's own", () => {
  const press = (code: string): KeyPress => ({
    code,
    key: "",
    ctrl: true,
    shift: true,
    alt: false,
    meta: false,
    repeat: false,
  });

  it("lets a free letter stand for an act, and the old one for nothing", () => {
    const own = changed(LETTERS, "accept", "KeyP");
    expect(actOf(press("KeyP"), true, own)).toBe("accept");
    expect(actOf(press("KeyA"), true, own)).toBeNull();
    expect(codeOf("accept", own)).toBe("KeyP");
    expect(Object.keys(own)).toHaveLength(Object.keys(LETTERS).length);
    expect(changed(own, "accept", "KeyP")).toEqual(own);
    expect(LETTERS.KeyA).toBe("accept");
  });

  it("names whose letter it is already, and exchanges the two when asked", () => {
    expect(choose(LETTERS, "accept", "KeyH")).toEqual({ is: "taken", by: "hold" });
    const own = exchange(LETTERS, "accept", "hold");
    expect(actOf(press("KeyH"), false, own)).toBe("accept");
    expect(actOf(press("KeyA"), false, own)).toBe("hold");
    expect(exchange(own, "hold", "accept")).toEqual(LETTERS);
  });

  it("refuses what the browser keeps, and what is no letter", () => {
    for (const code of RESERVED) expect(choose(LETTERS, "accept", code).is).toBe("reserved");
    for (const code of ["Digit1", "Space", "F5", "Keyx", "toString"])
      expect(choose(LETTERS, "accept", code).is).toBe("no letter");
    expect(actOf(press("toString"), false)).toBeNull();
  });

  it("reads back what it kept, and nothing that is not whole", () => {
    const own = changed(exchange(LETTERS, "end", "mute"), "dial", "KeyJ");
    expect(readKeys(JSON.parse(JSON.stringify(own)))).toEqual(own);
    const without = Object.fromEntries(Object.entries(LETTERS).filter(([code]) => code !== "KeyA"));
    for (const bad of [null, 7, "x", [], {}, without, { ...LETTERS, KeyA: "dance" }, { ...without, KeyN: "accept" }])
      expect(readKeys(bad)).toBe(LETTERS);
  });
});
