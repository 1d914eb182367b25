/** Who is on the line. No record, one record, several records: three screens. */

import { UserAddOutlined, UserOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import type { Pop } from "../api/feed";
import type { Customer } from "../api/types";
import { dateTime, phoneNumber } from "../format/figures";
import { keepingText, type OnDesk } from "../state/desk";
import { plainName } from "../state/story";
import { client, useAct, useText } from "./context";
import { Figures, Standing } from "./customer/Figures";
import { Offers } from "./customer/Offers";
import { OpenItems } from "./customer/OpenItems";
import { CustomerRecord } from "./CustomerRecord";
import { History } from "./History";
import { Tier } from "./Tier";

interface Props {
  onDesk: OnDesk | null;
  mayChoose: boolean;
}

export function CustomerPanel({ onDesk, mayChoose }: Props) {
  const { t } = useText();
  if (!onDesk) {
    return (
      <article className="card customer-empty">
        <UserOutlined className="empty-icon" />
        <p>{t("customer.noContact")}</p>
      </article>
    );
  }
  const { pop, contact, number } = onDesk;
  return (
    <>
      {pop.customer ? (
        <OneRecord customer={pop.customer} pop={pop} />
      ) : pop.matches.length > 1 ? (
        <ManyRecords pop={pop} contact={contact} mayChoose={mayChoose} />
      ) : (
        <NoRecord number={number} />
      )}
      {!onDesk.called && <Journey pop={pop} />}
      <article className="card" aria-label={t("history.title")}>
        <h3>{t("history.title")}</h3>
        <History interactions={pop.interactions} empty={t("history.none")} />
      </article>
    </>
  );
}

function OneRecord({ customer, pop }: { customer: Customer; pop: Pop }) {
  const { t } = useText();
  const { portrait } = pop;
  const keeping = keepingText(pop, t);
  return (
    <article className="card customer-one" data-matches="one">
      <div className="customer-head">
        <span className="avatar" aria-hidden>
          {customer.name.slice(0, 1)}
        </span>
        <div>
          <h2>{customer.name}</h2>
          {portrait?.profile && <Standing profile={portrait.profile} />}
        </div>
        <Link className="end" to={`/customers/${customer.id}`} target="_blank">
          {t("customer.open")}
        </Link>
      </div>
      {keeping !== null && <p className="keeping">{keeping}</p>}
      {portrait && <OpenItems customer={customer.id} repairs={portrait.repairs} />}
      <Offers offers={pop.offers} />
      {(portrait?.profile ?? portrait?.refused) && <Figures portrait={portrait} />}
      <CustomerRecord customer={customer} />
    </article>
  );
}

function ManyRecords({ pop, contact, mayChoose }: { pop: Pop; contact: string; mayChoose: boolean }) {
  const { t, language } = useText();
  const matches = pop.matches;
  const apart = new Map(pop.told_apart.map((each) => [each.customer, each]));
  const act = useAct();
  const [asked, setAsked] = useState<string | null>(null);
  return (
    <article className="card customer-many" data-matches="many">
      <h2>{t("customer.many", { count: matches.length })}</h2>
      <p className="quiet">{t("customer.manyHint")}</p>
      <ul className="choices">
        {matches.map((match) => (
          <li key={match.id}>
            <span className="avatar" aria-hidden>
              {match.name.slice(0, 1)}
            </span>
            <div className="choice-text">
              <strong>{match.name}</strong> <Tier tier={apart.get(match.id)?.tier} />
              <div className="quiet">
                {apart.get(match.id)?.last_at
                  ? t("customer.lastContact", { time: dateTime(apart.get(match.id)?.last_at, language) })
                  : t("customer.noLastContact")}
              </div>
              <div className="quiet">{[match.company, match.city, match.emails[0]].filter(Boolean).join(" · ")}</div>
            </div>
            <Button
              disabled={!mayChoose}
              loading={asked === match.id}
              aria-label={`${t("customer.thisOne")}: ${match.name}`}
              onClick={() => {
                setAsked(match.id);
                void act(() => client.chooseCustomer(contact, match.id)).then(() => setAsked(null));
              }}
            >
              {t("customer.thisOne")}
            </Button>
          </li>
        ))}
      </ul>
    </article>
  );
}

function NoRecord({ number }: { number: string }) {
  const { t } = useText();
  return (
    <article className="card customer-none" data-matches="none">
      <UserAddOutlined className="empty-icon" />
      <h2>{t("customer.none")}</h2>
      <p>{t("customer.noneHint", { number: phoneNumber(number) })}</p>
      <Link to="/customers" target="_blank">
        {t("customer.search")}
      </Link>
      <Link to={`/customers/new?number=${encodeURIComponent(number)}`} target="_blank">
        {t("record.make")}
      </Link>
    </article>
  );
}

/** What the caller already did in the menu, so that nothing is asked twice. */
function Journey({ pop }: { pop: Pop }) {
  const { t } = useText();
  return (
    <article className="card journey" aria-label={t("customer.path")}>
      <h3>{t("customer.path")}</h3>
      {pop.path.length === 0 ? (
        <p className="quiet">{t("customer.noPath")}</p>
      ) : (
        <ol className="path">
          {pop.path.map((step, index) => {
            const keyed = pop.digits.filter((each) => each.node === step.node).map((each) => each.digits);
            return (
              <li key={`${step.node} ${index}`}>
                {plainName(step.node)}
                {keyed.length > 0 && <kbd title={t("customer.digits")}>{keyed.join(" ")}</kbd>}
              </li>
            );
          })}
        </ol>
      )}
    </article>
  );
}
