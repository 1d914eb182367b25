/** What the editor itself says, in the console's language. English is its own. */

import { useMemo } from "react";
import { useText } from "../ui/context";

const KEYS = {
  Find: "editor.find",
  Replace: "editor.replace",
  next: "editor.next",
  previous: "editor.previous",
  all: "editor.all",
  "match case": "editor.matchCase",
  "by word": "editor.byWord",
  regexp: "editor.regexp",
  replace: "editor.replaceOne",
  "replace all": "editor.replaceAll",
  close: "editor.close",
  "current match": "editor.currentMatch",
  "on line": "editor.onLine",
  "Go to line": "editor.goToLine",
  go: "editor.go",
  Diagnostics: "editor.findings",
  "No diagnostics": "editor.noFindings",
  Completions: "editor.completions",
  "$ unchanged lines": "editor.unchanged",
} as const;

export function usePhrases(): Record<string, string> {
  const { t } = useText();
  return useMemo(() => Object.fromEntries(Object.entries(KEYS).map(([phrase, key]) => [phrase, t(key)])), [t]);
}
