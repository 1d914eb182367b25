import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { actOf, type KeyPress, LETTERS, letterOf } from "../src/keys/shortcuts";

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
    for (const code of Object.keys(LETTERS)) expect("NTW").not.toContain(code.replace("Key", ""));
    expect(new Set(Object.values(LETTERS)).size).toBe(Object.keys(LETTERS).length);
    expect(letterOf("end")).toBe("Ctrl+Shift+E");
  });

  it("is documented key by key", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/reference/console-shortcuts.md"), "utf8");
    const written = [...page.matchAll(/^\| `Ctrl\+Shift\+([A-Z])`/gm)].map((found) => `Key${found[1] ?? ""}`);
    expect(written.sort()).toEqual(Object.keys(LETTERS).sort());
  });
});
