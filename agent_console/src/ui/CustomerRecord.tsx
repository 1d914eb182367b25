import { Tag } from "antd";
import type { Customer } from "../api/types";
import { date } from "../format/figures";
import { isTextKey } from "../i18n";
import { useText } from "./context";
import { Dialable } from "./dial/Dialable";
import { languageName } from "./names";

export function CustomerRecord({ customer }: { customer: Customer }) {
  const { t, language } = useText();
  const kindKey = `customer.${customer.kind}`;
  const facts: [string, React.ReactNode][] = [
    [
      t("customer.numbers"),
      customer.numbers.map((each) => (
        <div key={each}>
          <Dialable number={each} />
        </div>
      )),
    ],
    [
      t("customer.emails"),
      customer.emails.length > 0 ? customer.emails.map((each) => <div key={each}>{each}</div>) : null,
    ],
    [t("theory.external"), customer.external_ids.join(", ")],
    [t("customer.company"), customer.company],
    [t("customer.city"), customer.city],
    [t("customer.language"), customer.language ? languageName(customer.language, t) : null],
    [t("customer.kind"), isTextKey(kindKey) ? t(kindKey) : customer.kind],
    [t("customer.since"), customer.since ? date(customer.since, language) : null],
  ];
  return (
    <>
      <dl className="facts record">
        {facts
          .filter(([, value]) => value !== null && value !== "")
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {customer.tags.length > 0 && (
        <p className="tags" aria-label={t("customer.tags")}>
          {customer.tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </p>
      )}
      {customer.notes && (
        <p className="record-notes">
          <span className="quiet">{t("customer.notes")}: </span>
          {customer.notes}
        </p>
      )}
    </>
  );
}
