/** What is open with the customer on the line: promises to keep and calls we meant to make, the next due first. */

import { Link } from "react-router";
import type { Portrait } from "../../api/types";
import { span } from "../../format/figures";
import { isOccasion, word } from "../../state/relationship";
import { useNow, useText } from "../context";
import { useNames } from "../names";

export function OpenItems({ customer, repairs }: { customer: string; repairs: Portrait["repairs"] }) {
  const { t, language } = useText();
  const names = useNames();
  const now = useNow();
  if (repairs.length === 0) return null;
  const due = (at: number): string => {
    const left = at - now;
    return left < 0
      ? t("repairs.overdueBy", { time: span(-left, language) })
      : t("repairs.dueIn", { time: span(left, language) });
  };
  return (
    <section className="open-items" aria-label={t("open.title")}>
      <h3>{t("open.title")}</h3>
      <ul>
        {repairs.map((each) => (
          <li key={each.case} className={each.overdue ? "needs" : undefined} data-case={each.case}>
            <strong>{word("reaction", each.reaction, t)}</strong>
            <span className="quiet">
              {" "}
              {t(isOccasion(each.reaction) ? "open.call" : "open.promise")}
              {each.owner && ` · ${t("repairs.owner")}: ${names.agent(each.owner)}`}
            </span>
            {each.due_at !== null && <span className="due">{due(each.due_at)}</span>}
          </li>
        ))}
      </ul>
      <Link to={`/customers/${customer}`} target="_blank">
        {t("open.work")}
      </Link>
    </section>
  );
}
