import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf, refusal } from "../src/api/refusals";
import { DICTIONARIES } from "../src/i18n";

const CORE = join(import.meta.dirname, "../../contact_center");

/** Every code the core can refuse with, read from its source. */
function codes(): Set<string> {
  const files = readdirSync(CORE, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".py"));
  const texts = files.map((path) => readFileSync(join(CORE, path), "utf8"));
  return new Set(texts.flatMap((text) => [...text.matchAll(/Conflict\(\s*"(\w+)"/g)].map((found) => found[1] ?? "")));
}

describe("a refusal", () => {
  it("is found by the code its type ends in", () => {
    expect(codeOf("urn:contact-center:problem:device Conflict")).toBe("device");
    expect(codeOf("about:blank Conflict")).toBe("");
  });

  it("has a reason in both languages for every code the core knows", () => {
    const known = codes();
    expect(known.size).toBeGreaterThan(8);
    for (const code of known) {
      const key = refusal(`urn:contact-center:problem:${code}`, null);
      expect([code, key]).toEqual([code, `refused.${code}`]);
      if (key !== null) expect(DICTIONARIES.zh[key]).toMatch(/[\u4e00-\u9fff]/);
    }
  });

  it("says it more exactly where it is known what was asked for", () => {
    const type = "urn:contact-center:problem:target Conflict";
    expect(refusal(type, "agent")).toBe("refused.target.agent");
    expect(refusal(type, "number")).toBe("refused.target");
    expect(refusal("urn:contact-center:problem:unheard_of", "agent")).toBeNull();
  });
});
