import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DICTIONARIES, fill, named, type TextKey, translator } from "../src/i18n";

const { en, zh } = DICTIONARIES;
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "").sort();

function sources(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !path.startsWith("i18n"))
    .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
}

describe("the two languages", () => {
  it("have the same keys, none empty", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const dictionary of [en, zh]) for (const text of Object.values(dictionary)) expect(text.trim()).not.toBe("");
  });

  it("have the same placeholders in each string", () => {
    for (const key of Object.keys(en) as TextKey[])
      expect([key, ...placeholders(zh[key])]).toEqual([key, ...placeholders(en[key])]);
  });

  it("are really two languages", () => {
    const same = (Object.keys(en) as TextKey[]).filter((key) => en[key] === zh[key]);
    expect(same.sort()).toEqual(["chinese", "english", "story.other"]);
  });

  it("hold no string that no screen uses", () => {
    const code = sources(join(import.meta.dirname, "../src"))
      .map(({ text }) => text)
      .join("\n");
    const composed = [...code.matchAll(/`([a-z][\w.]*\.)\$\{/gi)].map((found) => found[1] ?? "");
    const keyed = [...code.matchAll(/(?:keyed|word|pair)\("(\w+)"/g)].map((found) => `${found[1] ?? ""}.`);
    const unused = Object.keys(en).filter(
      (key) => !code.includes(`"${key}"`) && ![...composed, ...keyed].some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  it("hold every word between tags: no screen has text of its own", () => {
    const own = sources(join(import.meta.dirname, "../src"))
      .filter(({ path }) => path.endsWith(".tsx"))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/<[a-z][^<>]*>\s*([A-Za-z\u4e00-\u9fff][^<>{}=;]*)<\//g)].map(
          (found) => `${path}: ${found[1] ?? ""}`,
        ),
      );
    expect(own).toEqual([]);
  });

  it("fill placeholders and leave unknown ones visible", () => {
    expect(translator("en")("login.limited", { seconds: 27 })).toBe("Too many attempts. Try again in 27 s.");
    expect(fill("{a} {b}", { a: 0 })).toBe("0 {b}");
  });

  it("take a configured name in the other language before none", () => {
    expect(named({ en: "Break", zh: "" }, "zh", "break")).toBe("Break");
    expect(named(undefined, "zh", "break")).toBe("break");
  });
});
