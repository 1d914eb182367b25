/** Where a customer stands among all: value matrix, RFM, reaction, chance to buy, indirect benefits. */

import type { Profile, Theory } from "../../api/types";
import { money, percent } from "../../format/figures";
import { word } from "../../state/relationship";
import { useText } from "../context";
import { churnText } from "./Figures";

export function PlaceCard({ theory, profile }: { theory: Theory; profile: Profile }) {
  const { t, language } = useText();
  const rfm = theory.worth?.rfm ?? null;
  return (
    <section className="card" aria-label={t("place.title")}>
      <h2>{t("place.title")}</h2>
      <dl className="place">
        <div>
          <dt>{t("place.matrix")}</dt>
          <dd>
            <Quadrants profile={profile} theory={theory} />
          </dd>
        </div>
        <div>
          <dt>{t("place.rfm")}</dt>
          <dd>
            {rfm
              ? t("place.rfmText", {
                  scores: rfm.scores.join(" · "),
                  recency: Math.round(rfm.recency_days),
                  frequency: rfm.frequency,
                  money: money(rfm.money, language),
                })
              : t("place.noRfm")}
          </dd>
        </div>
        <div>
          <dt>{t("place.reaction")}</dt>
          <dd>
            {profile.reaction
              ? `${word("reaction", profile.reaction, t)}: ${word("because", profile.because ?? "", t)}`
              : t("place.noReaction")}
          </dd>
          <dd className="quiet">
            {profile.churn
              ? t("place.churn", { value: churnText(profile.churn, t) })
              : profile.p_alive === null
                ? t("place.noAlive")
                : t("place.alive", { value: percent(profile.p_alive, 0) })}
          </dd>
        </div>
        <div>
          <dt>{t("place.benefits")}</dt>
          {theory.benefits.length === 0 && <dd>{t("place.noBenefits")}</dd>}
          {theory.benefits.map((each) => (
            <dd key={each.kind}>
              {t("place.benefit", {
                kind: word("benefit", each.kind, t),
                count: each.count,
                amount: money(each.amount, language),
              })}
            </dd>
          ))}
        </div>
      </dl>
    </section>
  );
}

/** The four quadrants with the one marked that the customer is in. */
function Quadrants({ profile, theory }: { profile: Profile; theory: Theory }) {
  const { t, language } = useText();
  const { cut } = theory;
  if (cut === null) return null;
  const high = profile.tier === "platinum" || profile.tier === "gold";
  const promising = profile.tier === "platinum" || profile.tier === "iron";
  const side = (is: boolean) => (is ? t("place.high") : t("place.low"));
  return (
    <>
      <div className="quadrants" aria-hidden>
        {(["iron", "platinum", "lead", "gold"] as const).map((tier) => (
          <span key={tier} className={tier === profile.tier ? "here" : ""}>
            {tier === profile.tier ? "● " : ""}
            {word("tier", tier, t)}
          </span>
        ))}
      </div>
      <p>
        {t("place.current", {
          value: money(profile.current, language),
          side: side(high),
          cut: money(cut.current, language),
        })}
      </p>
      <p>
        {t("place.potential", {
          value: money(profile.potential, language),
          side: side(promising),
          cut: money(cut.potential, language),
        })}
      </p>
    </>
  );
}
