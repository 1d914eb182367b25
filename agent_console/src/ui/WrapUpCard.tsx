import { Button } from "antd";
import { useState } from "react";
import type { CallFailed, WrapUpPart } from "../api/feed";
import { countdown, duration } from "../format/figures";
import { CallFailedNote } from "./CallFailedNote";
import { client, useAct, useNow, useText } from "./context";
import { StateMark } from "./marks";
import { deskQueueName } from "./names";
import type { Entered } from "./OutcomeForm";
import { useLetters, useShortcuts } from "./useShortcuts";

interface Props {
  wrapUp: WrapUpPart;
  failed: CallFailed | null;
  entered: Entered;
  /** Saves at once what is not saved yet. */
  saver: React.RefObject<() => Promise<void>>;
}

export function WrapUpCard({ wrapUp, failed, entered, saver }: Props) {
  const letterOf = useLetters();
  const { t, language } = useText();
  const act = useAct();
  const now_s = useNow();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const left_s = wrapUp.deadline === null ? null : wrapUp.deadline - now_s;
  const without = entered.disposition === null || entered.disposition === "";
  const missing = without && wrapUp.disposition_required ? "wrap.needsOutcome" : null;

  async function done(): Promise<void> {
    setAsked(true);
    if (missing !== null) return;
    setBusy(true);
    await act(async () => {
      await saver.current();
      await client.wrapUpDone();
    });
    setBusy(false);
  }

  useShortcuts({ done: () => void done() });

  return (
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
        {deskQueueName(wrapUp, language)} · {left_s === null ? t("wrap.noLimit") : t("wrap.left")}
      </p>
      {failed?.contact === wrapUp.contact && <CallFailedNote failed={failed} />}
      <div role="alert">{asked && missing !== null && <p className="needs">{t(missing)}</p>}</div>
      <Button type="primary" size="large" block loading={busy} onClick={() => void done()} title={letterOf("done")}>
        {t("wrap.done")}
      </Button>
    </article>
  );
}
