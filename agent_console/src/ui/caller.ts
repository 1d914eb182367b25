import type { OfferPart } from "../api/feed";
import type { Translate } from "../i18n";

export function callerName(offer: OfferPart, t: Translate): string {
  if (offer.pop.customer) return offer.pop.customer.name;
  const { length } = offer.pop.matches;
  return length > 1 ? t("offer.severalRecords", { count: length }) : t("offer.unknown");
}
