import { Button } from "antd";
import { useCallback, useRef, useState } from "react";
import type { WrapUpPart } from "../api/feed";
import { countdown, duration } from "../format/figures";
import { letterOf } from "../keys/shortcuts";
import { client, useAct, useNow, useText } from "./context";
import { StateMark } from "./marks";
import { type Entered, OutcomeForm } from "./OutcomeForm";
import { useShortcuts } from "./useShortcuts";

export function WrapUpCard({ wrapUp }: { wrapUp: WrapUpPart }) {
  const { t } = useText();
  const act = useAct();
  const now_s = useNow();
  const [entered, setEntered] = useState<Entered>({ disposition: wrapUp.disposition, note: wrapUp.note ?? "" });
  const [missing, setMissing] = useState<"outcome" | "note" | null>(null);
  const [busy, setBusy] = useState(false);
  const saver = useRef<() => Promise<void>>(() => Promise.resolve());
  const left_s = wrapUp.deadline === null ? null : wrapUp.deadline - now_s;

  const note = useCallback((now: Entered) => {
    setEntered(now);
    if (now.disposition !== null) setMissing(null);
  }, []);

  async function done(): Promise<void> {
    const without = entered.disposition === null || entered.disposition === "";
    if (without && wrapUp.disposition_required) return setMissing("outcome");
    if (without && entered.note.trim() !== "") return setMissing("note");
    setBusy(true);
    await act(
      async () => {
        await saver.current();
        await client.wrapUpDone();
      },
      (problem) => (problem.about("disposition") ? t("wrap.needsOutcome") : null),
    );
    setBusy(false);
  }

  useShortcuts({ done: () => void done() });

  return (
    <>
      <article className="card wrap-up" aria-label={t("wrap.title")}>
        <div className="call-head">
          <span className="call-state">
            <StateMark state="wrap_up" size={18} />
            {t("wrap.title")}
          </span>
          <span
            className={left_s !== null && left_s < 10 ? "call-timer hurry" : "call-timer"}
            role="timer"
            aria-label={t("wrap.left")}
          >
            {left_s === null ? duration(now_s - wrapUp.since) : countdown(left_s)}
          </span>
        </div>
        <p className="offer-number">
          {wrapUp.queue_name} · {left_s === null ? t("wrap.noLimit") : t("wrap.left")}
        </p>
        <div role="alert">
          {missing !== null && (
            <p className="needs">{t(missing === "outcome" ? "wrap.needsOutcome" : "wrap.noteNeedsOutcome")}</p>
          )}
        </div>
        <Button type="primary" size="large" block loading={busy} onClick={() => void done()} title={letterOf("done")}>
          {t("wrap.done")}
        </Button>
      </article>
      <OutcomeForm work={wrapUp} ended onEntered={note} saver={saver} />
    </>
  );
}
