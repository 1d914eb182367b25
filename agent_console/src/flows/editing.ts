/** CodeMirror as this console uses it: in a shadow root, where its styles are adopted sheets (no `<style>`). */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { MergeView } from "@codemirror/merge";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Finding, Schema } from "../api/flows";
import { completionAt } from "./completion";

export interface Words {
  label: string;
  phrases: Record<string, string>;
}

const INKS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "#12479f" },
  { tag: [tags.string, tags.content], color: "#1f2a3d" },
  { tag: [tags.special(tags.string), tags.quote], color: "#7a3aa8" },
  { tag: tags.comment, color: "#55606f", fontStyle: "italic" },
  { tag: [tags.keyword, tags.labelName, tags.typeName], color: "#8a4b00" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "#4a566b" },
]);

const LOOK = EditorView.theme({
  "&": { height: "100%", fontSize: "13.5px", backgroundColor: "#fff", color: "#172033" },
  "&.cm-focused": { outline: "3px solid #4c8dff", outlineOffset: "-3px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "Cascadia Mono", Menlo, "Noto Sans Mono CJK SC", monospace' },
  ".cm-gutters": { backgroundColor: "#f4f7fb", color: "#55606f", borderRight: "1px solid #dde3ec" },
  ".cm-tooltip": { maxWidth: "520px" },
  ".cm-completionDetail": { fontStyle: "normal", color: "#4a566b", whiteSpace: "normal" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected] .cm-completionDetail": { color: "#fff" },
  ".cm-diagnostic-error": { borderLeftColor: "#b3261e" },
});

const BASIC: Extension = [
  lineNumbers(),
  yaml(),
  syntaxHighlighting(INKS),
  indentUnit.of("  "),
  bracketMatching(),
  search({ top: true }),
  highlightSelectionMatches(),
  EditorView.lineWrapping,
  LOOK,
];

function wording({ label, phrases }: Words): Extension {
  return [EditorState.phrases.of(phrases), EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" })];
}

const shadowOf = (host: HTMLElement): ShadowRoot => host.shadowRoot ?? host.attachShadow({ mode: "open" });

interface EditorOptions {
  host: HTMLElement;
  text: string;
  words: Words;
  readOnly: boolean;
  schema: () => Schema | null;
  onChange: (text: string) => void;
  onLine: (line: number) => void;
}

export function makeEditor({ host, text, words, readOnly, schema, onChange, onLine }: EditorOptions): EditorView {
  const root = shadowOf(host);
  const complete = autocompletion({
    override: [
      (context) => {
        const published = schema();
        const found = published && completionAt(context.state.doc.toString(), context.pos, published);
        if (!found || (!context.explicit && found.from === context.pos)) return null;
        return {
          from: found.from,
          options: found.options.map(({ label, detail, insert }) => ({
            label,
            detail,
            ...(insert === undefined ? {} : { apply: insert }),
          })),
          validFor: /^[\w*#.]*$/,
        };
      },
    ],
  });
  const writing = [
    history(),
    drawSelection(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    lintGutter(),
    closeBrackets(),
    complete,
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap]),
  ];
  const told = EditorView.updateListener.of((update) => {
    if (update.docChanged) onChange(update.state.doc.toString());
    if (update.selectionSet) onLine(update.state.doc.lineAt(update.state.selection.main.head).number);
  });
  return new EditorView({
    parent: root,
    root,
    doc: text,
    extensions: [
      BASIC,
      readOnly ? [EditorState.readOnly.of(true), lintGutter()] : writing,
      keymap.of([...defaultKeymap, ...searchKeymap]),
      wording(words),
      told,
    ],
  });
}

/** The server's findings, each on the line it names; those of other files stay out of this one. */
export function underline(view: EditorView, findings: readonly Finding[]): void {
  const { doc } = view.state;
  const marks: Diagnostic[] = findings
    .filter((finding) => finding.file === "")
    .map((finding) => {
      const line = doc.line(Math.min(Math.max(1, finding.line), doc.lines));
      const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
      const from = Math.min(line.from + indent, line.to);
      return { from, to: Math.max(line.to, from), severity: "error", message: finding.sentence };
    });
  view.dispatch(setDiagnostics(view.state, marks));
}

export function goTo(view: EditorView, line: number): void {
  const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  view.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
  view.focus();
}

export function replaceText(view: EditorView, text: string): void {
  if (view.state.doc.toString() !== text)
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}

/** Two texts side by side, what is the same folded away. */
export function makeComparison(host: HTMLElement, a: string, b: string, words: [Words, Words]): MergeView {
  const root = shadowOf(host);
  const side = (own: Words) => [BASIC, EditorState.readOnly.of(true), keymap.of(defaultKeymap), wording(own)];
  return new MergeView({
    parent: root,
    root,
    a: { doc: a, extensions: side(words[0]) },
    b: { doc: b, extensions: side(words[1]) },
    collapseUnchanged: { margin: 3, minSize: 6 },
    gutter: true,
  });
}
