/** The text of a flow with completion and underlining. Loaded when it is opened; it is the largest part. */

import type { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Finding, Schema } from "../api/flows";
import { useText } from "../ui/context";
import { goTo, makeEditor, replaceText, underline } from "./editing";
import { usePhrases } from "./phrases";

interface EditorProps {
  text: string;
  /** Changes when `text` comes from elsewhere (a draft taken back) and takes the place of what is written. */
  revision: string;
  readOnly: boolean;
  findings: readonly Finding[];
  schema: Schema | null;
  /** Where the cursor is to go; a new object each time. */
  target: { line: number } | null;
  onChange: (text: string) => void;
  onLine: (line: number) => void;
}

export function SourceEditor(props: EditorProps) {
  const { text, revision, readOnly, findings, target } = props;
  const { t } = useText();
  const phrases = usePhrases();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  const kept = useRef(text);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    if (!host.current) return;
    const made = makeEditor({
      host: host.current,
      text: kept.current,
      words: { label: t("flow.source"), phrases },
      readOnly,
      schema: () => latest.current.schema,
      onChange: (changed) => {
        kept.current = changed;
        latest.current.onChange(changed);
      },
      onLine: (line) => latest.current.onLine(line),
    });
    view.current = made;
    underline(made, latest.current.findings);
    return () => made.destroy();
  }, [readOnly, t, phrases]);

  useEffect(() => {
    kept.current = latest.current.text;
    if (view.current) replaceText(view.current, kept.current);
  }, [revision]);
  useEffect(() => {
    if (view.current) underline(view.current, findings);
  }, [findings]);
  useEffect(() => {
    if (view.current && target) goTo(view.current, target.line);
  }, [target]);
  return <div ref={host} className="flow-editor" />;
}
