/** The ring card: who calls, why here, and how long is left, before the phone rings. */

import { PhoneFilled } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import type { AgentRow, OfferPart } from "../api/feed";
import { countdown, duration, phoneNumber } from "../format/figures";
import { CallbackMark } from "./CallbackMark";
import { callerName } from "./caller";
import { client, useAct, useNow, usePhone, useText } from "./context";
import { deskQueueName } from "./names";
import { Tier } from "./Tier";
import { WhyThisAgent } from "./WhyThisAgent";
import { useLetters } from "./useShortcuts";

export function OfferCard({ offer, own }: { offer: OfferPart; own: AgentRow | null }) {
  const letterOf = useLetters();
  const { t, language } = useText();
  const act = useAct();
  const now_s = useNow();
  const { phase } = usePhone();
  const [answered, setAnswered] = useState(false);
  // The lease as first seen, so that the bar shrinks from full.
  const [lease_s] = useState(() => Math.max(1, offer.deadline - now_s));
  const left_s = offer.deadline - now_s;
  const name = callerName(offer, t);
  const by = offer.asked_by?.name ?? t("offer.from.nobody");
  const skills = Object.entries(offer.skills);

  function answer(call: (offer: string) => Promise<void>): void {
    setAnswered(true);
    void act(() => call(offer.offer)).then((worked) => setAnswered(worked));
  }

  return (
    <article className="card offer" aria-label={t("offer.title")}>
      <div role="alert" className="hidden">
        {t(`offer.announce.${offer.purpose}`, { by, name, queue: deskQueueName(offer, language) })}
      </div>
      <header className="offer-head">
        <PhoneFilled className="offer-bell" />
        <span>{offer.purpose === "queue" ? t("offer.title") : t(`offer.from.${offer.purpose}`, { name: by })}</span>
        <span className={left_s < 5 ? "offer-left hurry" : "offer-left"} role="timer" aria-label={t("offer.left")}>
          {left_s > 0 ? countdown(left_s) : t("offer.expired")}
        </span>
      </header>
      <progress className="offer-bar" max={lease_s} value={Math.max(0, left_s)} aria-hidden />
      <div className="offer-who">
        <h2>{name}</h2>
        <Tier tier={offer.pop.portrait?.profile?.tier} />
      </div>
      <p className="offer-number">{phoneNumber(offer.from_number)}</p>
      <CallbackMark callback={offer.callback} />
      {offer.purpose === "consult" && <p className="offer-consult">{t("offer.consultHint")}</p>}
      {phase === "elsewhere" && <p className="needs">{t("offer.elsewhere")}</p>}
      <div className="offer-buttons">
        <Button
          type="primary"
          size="large"
          className="accept"
          loading={answered}
          onClick={() => answer(client.accept)}
          title={letterOf("accept")}
        >
          {t("offer.accept")}
        </Button>
        <Button
          size="large"
          danger
          disabled={answered}
          onClick={() => answer(client.reject)}
          title={letterOf("reject")}
        >
          {t("offer.reject")}
        </Button>
      </div>
      <dl className="facts">
        <div>
          <dt>{t("offer.queue")}</dt>
          <dd>{deskQueueName(offer, language)}</dd>
        </div>
        {offer.purpose === "queue" && (
          <div>
            <dt>{t("offer.waited")}</dt>
            <dd>{duration(offer.wait_s)}</dd>
          </div>
        )}
        <div>
          <dt>{t("offer.skills")}</dt>
          <dd>
            {skills.length === 0 && t("offer.noSkills")}
            {skills.map(([skill, wanted]) => (
              <span className="skill" key={skill}>
                {skill} {own?.skills?.[skill] ?? wanted}
                <small> ≥ {wanted}</small>
              </span>
            ))}
          </dd>
        </div>
      </dl>
      {offer.decision && <WhyThisAgent decision={offer.decision} own={own?.id ?? null} />}
    </article>
  );
}
