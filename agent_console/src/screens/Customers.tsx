import { UserAddOutlined } from "@ant-design/icons";
import { Empty, Input } from "antd";
import { Link } from "react-router";
import { phoneNumber } from "../format/figures";
import { client, useLoaded, useText } from "../ui/context";
import { Tier } from "../ui/Tier";
import { useSearch } from "../ui/useSearch";

const LIMIT = 50;

export function Customers() {
  const { t } = useText();
  const { text, setText, search, searchNow } = useSearch();
  const found = useLoaded(`search ${search}`, () => client.customers(search, LIMIT));

  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("customers.title")}</h1>
        <Link className="end" to="/customers/new">
          <UserAddOutlined /> {t("record.new")}
        </Link>
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
            onSearch={searchNow}
          />
          <p className="quiet small">{t("customers.hint")}</p>
          {found.failed !== null && <p className="needs">{found.failed}</p>}
          {found.value?.length === 0 && (
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("customers.none", { text: search })} />
          )}
          <ul className="found">
            {(found.value ?? []).map((each) => (
              <li key={each.id}>
                <Link to={`/customers/${each.id}`}>
                  <strong>{each.name}</strong> <Tier tier={each.tier} />
                  <span className="quiet">{each.numbers.map(phoneNumber).join(" · ")}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}
