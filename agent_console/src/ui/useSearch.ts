/** A text somebody types, and what to search for: the same a moment after the typing pauses, or at once. */

import { useEffect, useState } from "react";

const PAUSE_MS = 250;

export function useSearch() {
  const [text, setText] = useState("");
  const [search, setSearch] = useState("");
  useEffect(() => {
    const timer = window.setTimeout(() => setSearch(text.trim()), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return { text, setText, search, searchNow: (value: string) => setSearch(value.trim()) };
}
