/** Promises that run out and records that are away: what somebody must see to, live, the most urgent first. */

import { Empty } from "antd";
import { Link } from "react-router";
import { loyalty } from "../api/loyalty";
import { dateTime, span } from "../format/figures";
import { inOrder, type Notice } from "../state/notices";
import { useConsole, useFeed, useLoaded, useNow, useText } from "../ui/context";
import { useNames } from "../ui/names";
import { oversees } from "../ui/roles";

export function Notices() {
  const { user } = useConsole();
  const { t } = useText();
  const { feed } = useFeed();
  const notices = inOrder(feed.rows.notices);
  const cases = notices.flatMap((each) => each.case ?? []);
  const known = useLoaded(`cases ${cases.sort().join(" ")}`, () => loyalty.repairs());
  const names = new Map((known.value ?? []).map((each) => [each.case, each.customer_name]));
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("notices.title")}</h1>
        <span className="quiet">{t(oversees(user) ? "notices.all" : "notices.own")}</span>
        <Link className="end" to="/repairs">
          {t("notices.cases")}
        </Link>
      </header>
      {notices.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("notices.none")} className="card" />
      )}
      <ul className="repairs">
        {notices.map((each) =>
          each.kind === "records_away" ? (
            <RecordsAway key={each.id} notice={each} />
          ) : (
            <Promised key={each.id} notice={each} customer={names.get(each.case ?? "") ?? each.customer ?? ""} />
          ),
        )}
      </ul>
    </div>
  );
}

function RecordsAway({ notice }: { notice: Notice }) {
  const { t, language } = useText();
  return (
    <li className="repair mark-breach" data-notice={notice.kind}>
      <strong>{t("notices.away", { time: dateTime(notice.since, language) })}</strong>
      <p>{t("notices.awayHint")}</p>
      <p className="quiet small">{notice.detail}</p>
    </li>
  );
}

function Promised({ notice, customer }: { notice: Notice; customer: string }) {
  const { t, language } = useText();
  const names = useNames();
  const now = useNow();
  const left = (notice.due_at ?? now) - now;
  return (
    <li className={`repair mark-${notice.mark ?? "none"}`} data-notice={notice.case}>
      <div className="repair-head">
        <Link to={`/customers/${notice.customer ?? ""}`}>
          <strong>{customer}</strong>
        </Link>
        <span>{t(`notices.clock.${notice.clock ?? "first_action"}`)}</span>
        <span className="due">
          {left < 0
            ? t("repairs.overdueBy", { time: span(-left, language) })
            : t("repairs.dueIn", { time: span(left, language) })}
          <span className="due-mark">{t(`mark.${notice.mark ?? "none"}`)}</span>
        </span>
      </div>
      <p className="quiet">
        {t("repairs.owner")}: {notice.owner ? names.agent(notice.owner) : t("repairs.nobody")}
        {` · ${t("notices.since", { time: dateTime(notice.since, language) })}`}
      </p>
    </li>
  );
}
