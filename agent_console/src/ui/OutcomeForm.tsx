/** Disposition and notes: chosen by click or by the keys 1–9, saved as they change, kept over a refresh. */

import { Input } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useCallback, useEffect, useRef, useState } from "react";
import { named } from "../i18n";
import { outcomesOf } from "../state/desk";
import { client, problemText, useConsole, useText } from "./context";
import { useLetters, useShortcuts } from "./useShortcuts";

export interface Work {
  contact: string;
  queue: string;
  disposition: string;
  note: string;
}

export interface Entered {
  disposition: string | null;
  note: string;
}

interface Props {
  work: Work;
  ended: boolean;
  /** When the wrap-up ends by itself. */
  deadline: number | null;
  onEntered?: (entered: Entered) => void;
  /** Filled with a function that saves at once what is not saved yet. */
  saver?: React.RefObject<() => Promise<void>>;
}

type Saving = "clean" | "dirty" | "saving" | "saved" | { failed: string };

const SAVE_AFTER_MS = 800;
const HURRY_S = 3;

const draftKey = (contact: string): string => `cc.note.${contact}`;

/** A note typed before a refresh and not saved yet. */
export function draftOf(contact: string): string | null {
  return sessionStorage.getItem(draftKey(contact));
}

export function OutcomeForm({ work, ended, deadline, onEntered, saver }: Props) {
  const { catalogue, feed } = useConsole();
  const letterOf = useLetters();
  const { t, language } = useText();
  const { dispositions, required } = outcomesOf(catalogue, work.queue);
  const [chosen, setChosen] = useState<string | null>(work.disposition === "" ? null : work.disposition);
  const [note, setNote] = useState(() => draftOf(work.contact) ?? work.note);
  const [saving, setSaving] = useState<Saving>(() => (draftOf(work.contact) === null ? "clean" : "dirty"));
  const area = useRef<TextAreaRef>(null);
  const latest = useRef<Entered>({ disposition: chosen, note });
  const dirty = useRef(saving === "dirty");

  const saveNow = useCallback(async () => {
    const { disposition, note: text } = latest.current;
    if (!dirty.current) return;
    dirty.current = false;
    setSaving("saving");
    try {
      if (disposition === null) await client.takeNote(work.contact, text);
      else await client.setDisposition(work.contact, disposition, text);
      sessionStorage.removeItem(draftKey(work.contact));
      setSaving("saved");
    } catch (error) {
      dirty.current = true;
      setSaving({ failed: problemText(error, t) });
      throw error;
    }
  }, [work.contact, t]);

  // One after the other: who waits for a save also waits for the one under way (Done must not overtake the note).
  const running = useRef<Promise<void>>(Promise.resolve());
  const save = useCallback(() => {
    running.current = running.current.catch(() => undefined).then(saveNow);
    return running.current;
  }, [saveNow]);

  const enter = useCallback(
    (entered: Entered) => {
      latest.current = entered;
      dirty.current = true;
      setChosen(entered.disposition);
      setNote(entered.note);
      setSaving("dirty");
      sessionStorage.setItem(draftKey(work.contact), entered.note);
      onEntered?.(entered);
    },
    [onEntered, work.contact],
  );

  useEffect(() => {
    if (saver) saver.current = save;
  }, [saver, save]);

  useEffect(() => {
    if (saving !== "dirty") return;
    // Close to the end of the wrap-up every word may be the last.
    const hurry = deadline !== null && deadline - feed.now_s() < HURRY_S;
    const timer = window.setTimeout(() => void save().catch(() => undefined), hurry ? 0 : SAVE_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [saving, note, chosen, save, deadline, feed]);

  // The call may end (and this form go) while the last words are not saved yet.
  useEffect(() => () => void save().catch(() => undefined), [save]);

  const choose = (code: string): void => {
    enter({ disposition: code, note: latest.current.note });
    void save().catch(() => undefined);
  };

  useShortcuts({
    disposition: (digit) => {
      const picked = dispositions[digit - 1];
      if (picked) choose(picked.code);
    },
    note: () => area.current?.focus(),
  });

  return (
    <section className="card outcome" aria-label={t("outcome.title")}>
      <div className="outcome-head">
        <h3 id="outcome-label">
          {t("outcome.label")}{" "}
          <span className={required ? "required" : "optional"}>
            {t(required ? "outcome.required" : "outcome.optional")}
          </span>
        </h3>
        <span role="status" className={typeof saving === "object" ? "save failed" : "save"}>
          {saveText(saving, t)}
        </span>
      </div>
      {dispositions.length === 0 ? (
        <p className="quiet">{t("outcome.none")}</p>
      ) : (
        <div className="dispositions" role="radiogroup" aria-labelledby="outcome-label">
          {dispositions.map((each, index) => (
            <label key={each.code} className={each.code === chosen ? "disposition chosen" : "disposition"}>
              <input
                type="radio"
                name="disposition"
                value={each.code}
                checked={each.code === chosen}
                onChange={() => choose(each.code)}
              />
              {index < 9 && <kbd aria-hidden>{index + 1}</kbd>}
              <span>{named(each.name, language, each.code)}</span>
            </label>
          ))}
        </div>
      )}
      <label className="note">
        <span>{t("outcome.note")}</span>
        <Input.TextArea
          ref={area}
          className="note-text"
          value={note}
          maxLength={4000}
          rows={ended ? 5 : 3}
          placeholder={t("outcome.notePlaceholder")}
          title={letterOf("note")}
          onChange={(event) => enter({ disposition: latest.current.disposition, note: event.target.value })}
          onBlur={() => void save().catch(() => undefined)}
        />
      </label>
      <p className="quiet small">{t("outcome.hint")}</p>
    </section>
  );
}

function saveText(saving: Saving, t: ReturnType<typeof useText>["t"]): string {
  if (typeof saving === "object") return `${t("outcome.failed")}: ${saving.failed}`;
  if (saving === "saved") return t("outcome.saved");
  return saving === "saving" ? t("outcome.saving") : "";
}
