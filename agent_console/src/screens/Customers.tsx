import { Empty, Input, Spin } from "antd";
import { useEffect, useState } from "react";
import { NavLink, useParams } from "react-router";
import { phoneNumber } from "../format/figures";
import { client, useLoaded, useText } from "../ui/context";
import { CustomerRecord } from "../ui/CustomerRecord";
import { History } from "../ui/History";
import { StoryDrawer } from "../ui/StoryDrawer";
import { Tier } from "../ui/Tier";

const LIMIT = 50;

export function Customers() {
  const { t } = useText();
  const { id } = useParams();
  const [text, setText] = useState("");
  const [search, setSearch] = useState("");
  useEffect(() => {
    const timer = window.setTimeout(() => setSearch(text.trim()), 250);
    return () => window.clearTimeout(timer);
  }, [text]);
  const found = useLoaded(`search ${search}`, () => client.customers(search, LIMIT));

  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("customers.title")}</h1>
      </header>
      <div className="customers">
        <section className="card customers-list" aria-label={t("customers.search")}>
          <Input.Search
            aria-label={t("customers.search")}
            placeholder={t("customers.search")}
            value={text}
            allowClear
            loading={found.loading}
            onChange={(event) => setText(event.target.value)}
            onSearch={(value) => setSearch(value.trim())}
          />
          <p className="quiet small">{t("customers.hint")}</p>
          {found.failed !== null && <p className="needs">{found.failed}</p>}
          {found.value?.length === 0 && (
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("customers.none", { text: search })} />
          )}
          <ul className="found">
            {(found.value ?? []).map((each) => (
              <li key={each.id}>
                <NavLink to={`/customers/${each.id}`}>
                  <strong>{each.name}</strong> <Tier tier={each.tier} />
                  <span className="quiet">{each.numbers.map(phoneNumber).join(" · ")}</span>
                </NavLink>
              </li>
            ))}
          </ul>
        </section>
        <section className="customers-one" aria-label={t("customer.title")}>
          {id === undefined ? (
            <div className="card customer-empty">
              <p>{t("customers.pick")}</p>
            </div>
          ) : (
            <OneCustomer key={id} id={id} />
          )}
        </section>
      </div>
    </div>
  );
}

function OneCustomer({ id }: { id: string }) {
  const { t } = useText();
  const record = useLoaded(`record ${id}`, () => client.customer(id));
  const history = useLoaded(`history ${id}`, () => client.customerInteractions(id, 100));
  const [open, setOpen] = useState<string | null>(null);
  if (record.failed !== null) return <p className="card needs">{record.failed}</p>;
  if (!record.value) return <Spin />;
  return (
    <>
      <article className="card">
        <div className="customer-head">
          <span className="avatar" aria-hidden>
            {record.value.name.slice(0, 1)}
          </span>
          <div>
            <h2>{record.value.name}</h2>
            <Tier tier={record.value.tier} />
          </div>
        </div>
        <CustomerRecord customer={record.value} />
      </article>
      <article className="card" aria-label={t("history.all")}>
        <h3>{t("history.all")}</h3>
        {history.failed !== null && <p className="needs">{history.failed}</p>}
        {history.value && <History interactions={history.value} empty={t("history.none")} onOpen={setOpen} />}
      </article>
      <StoryDrawer contact={open} onClose={() => setOpen(null)} />
    </>
  );
}
