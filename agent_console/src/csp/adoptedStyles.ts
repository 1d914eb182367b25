/**
 * Ant Design's run-time styles as constructable style sheets.
 *
 * The server sends `Content-Security-Policy: default-src 'self'`, under which an inserted `<style>` element has no
 * effect; style sheets made through CSSOM are allowed. Same exports as `@rc-component/util/es/Dom/dynamicCSS`,
 * which the production build replaces with this module (see `vite.config.ts`).
 */

interface Options {
  mark?: string;
  priority?: number;
  prepend?: boolean | "queue";
}

interface Entry {
  node: HTMLStyleElement;
  sheet: CSSStyleSheet;
  rank: number;
  css: string;
}

const entries = new Map<string, Entry>();
let anonymous = 0;

function place(): void {
  const ranked = [...entries.values()].sort((a, b) => a.rank - b.rank);
  document.adoptedStyleSheets = ranked.map((entry) => entry.sheet);
}

/** Prepended sheets come first, by priority; the rest in order of arrival (Array.sort is stable). */
function rankOf(option: Options): number {
  return option.prepend ? (option.priority ?? 0) - 1e6 : 0;
}

export function updateCSS(css: string, key: string, option: Options = {}): HTMLStyleElement {
  const name = `${option.mark ?? ""}|${key}`;
  const existing = entries.get(name);
  if (existing) {
    if (existing.css !== css) {
      existing.css = css;
      existing.sheet.replaceSync(css);
    }
    return existing.node;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const entry: Entry = { node: document.createElement("style"), sheet, rank: rankOf(option), css };
  entries.set(name, entry);
  place();
  return entry.node;
}

export function injectCSS(css: string, option: Options = {}): HTMLStyleElement {
  anonymous += 1;
  return updateCSS(css, `anonymous-${anonymous}`, option);
}

export function removeCSS(key: string, option: Options = {}): void {
  if (entries.delete(`${option.mark ?? ""}|${key}`)) place();
}

export function clearContainerCache(): void {
  // The original caches real containers; there are none here.
}
