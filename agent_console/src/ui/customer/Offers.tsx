/** What may be offered to a customer who is to be kept, each offer with why it is worth its cost. */

import type { Language, Suggestion } from "../../api/types";
import { cents, money, percent } from "../../format/figures";
import type { Translate } from "../../i18n";
import { word } from "../../state/relationship";
import { useText } from "../context";

export function Offers({ offers }: { offers: readonly Suggestion[] }) {
  const { t, language } = useText();
  if (offers.length === 0) return null;
  return (
    <section className="stay-offers" aria-label={t("stay.title")}>
      <h4>{t("stay.title")}</h4>
      <ul>
        {offers.map((each) => (
          <li key={each.name}>
            <strong>{each[language] || word("stayOffer", each.name, t)}</strong>{" "}
            <span className="quiet">{t(`bond.${each.bond}`)}</span>
            <p className="figure-why">{whyText(each, t, language)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** "Worth 216.34 (10% of 2,163); costs 80.00, within the tier's 15%." */
export function whyText(offer: Suggestion, t: Translate, language: Language): string {
  const figures = {
    worth: cents(offer.worth, language),
    saves: percent(offer.saves, 0),
    value: money(offer.value, language),
    cost: cents(offer.cost, language),
  };
  return offer.share === null
    ? t("stay.whyMinimum", figures)
    : t("stay.why", { ...figures, share: percent(offer.share, 0) });
}
