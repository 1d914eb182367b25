import type { Pop } from "../api/feed";
import { phoneNumber } from "../format/figures";
import type { Translate } from "../i18n";
import { customerNumber } from "../state/dial";

export function callerName({ pop, direction }: { pop: Pop; direction?: string }, t: Translate): string {
  if (pop.customer) return pop.customer.name;
  const { length } = pop.matches;
  return length > 1
    ? t("offer.severalRecords", { count: length })
    : t(direction === "outbound" ? "dial.unknown" : "offer.unknown");
}

/** The customer's name where one is known, else the number. */
export function whoCalled(row: {
  customer_name: string | null;
  from_number: string;
  direction?: string;
  to_number?: string;
}): string {
  const name = row.customer_name ?? "";
  return name === "" ? phoneNumber(customerNumber(row)) : name;
}
