/** Text lookup. Pure; the React part is in `ui/context.ts`. */

import type { Bilingual, Language } from "../api/types";
import { en, type TextKey } from "./en";
import { zh } from "./zh";

export type { TextKey } from "./en";

export const DICTIONARIES: Record<Language, Record<TextKey, string>> = { en, zh };

export type Params = Record<string, string | number>;
export type Translate = (key: TextKey, params?: Params) => string;

export function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

export function translator(language: Language): Translate {
  return (key, params = {}) => fill(DICTIONARIES[language][key], params);
}

export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(en, key);
}

/** A configured name in the language, or the other one when it was left empty. */
export function named(name: Bilingual | undefined, language: Language, otherwise: string): string {
  if (!name) return otherwise;
  return name[language] || name.en || name.zh || otherwise;
}

const STORED = "cc.language";

export function rememberedLanguage(): Language | null {
  const stored = localStorage.getItem(STORED);
  return stored === "en" || stored === "zh" ? stored : null;
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(STORED, language);
}

export function browserLanguage(): Language {
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
