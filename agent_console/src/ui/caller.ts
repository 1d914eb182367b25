import type { Pop } from "../api/feed";
import type { Translate } from "../i18n";

export function callerName({ pop }: { pop: Pop }, t: Translate): string {
  if (pop.customer) return pop.customer.name;
  const { length } = pop.matches;
  return length > 1 ? t("offer.severalRecords", { count: length }) : t("offer.unknown");
}
