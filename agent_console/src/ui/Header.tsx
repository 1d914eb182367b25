import { BellOutlined, LogoutOutlined, QuestionCircleOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { NavLink } from "react-router";
import { useConsole, useFeed, useText } from "./context";
import { LanguageSwitch } from "./LanguageSwitch";
import { NavGroup } from "./NavGroup";
import { administers, oversees } from "./roles";

/** How many notices there are, on every page; the number is also said. */
function NoticeBell() {
  const { t } = useText();
  const { feed } = useFeed();
  const count = Object.keys(feed.rows.notices).length;
  return (
    <NavLink to="/notices" className="notice-bell" aria-label={t("nav.notices", { count })} title={t("notices.title")}>
      <BellOutlined />
      {count > 0 && <span aria-hidden>{count}</span>}
    </NavLink>
  );
}

export function Header() {
  const { user, logOut } = useConsole();
  const { t } = useText();
  const isAgent = user.agent !== null && user.roles.includes("agent");
  return (
    <header className="header">
      <a className="skip" href="#content">
        {t("nav.skip")}
      </a>
      <span className="brand">
        <img src="/mark.svg" alt="" width={28} height={28} />
        {t("product")}
      </span>
      <nav className="nav" aria-label={t("nav.main")}>
        {isAgent && (
          <NavLink to="/" end>
            {t("nav.console")}
          </NavLink>
        )}
        {oversees(user) && <NavLink to="/wallboard">{t("nav.wallboard")}</NavLink>}
        {oversees(user) && <NavLink to="/callbacks">{t("nav.callbacks")}</NavLink>}
        <NavLink to="/interactions">{t("nav.interactions")}</NavLink>
        <NavLink to="/customers">{t("nav.customers")}</NavLink>
        <NavLink to="/repairs">{t("nav.repairs")}</NavLink>
        {oversees(user) && <NavLink to="/reports">{t("nav.reports")}</NavLink>}
        {oversees(user) && (
          <NavGroup
            label={t("nav.floor")}
            pages={[
              { to: "/flows", label: t("nav.flows") },
              { to: "/routing", label: t("nav.routing") },
              { to: "/what-if", label: t("nav.simulations") },
            ]}
          />
        )}
        {administers(user) ? (
          <NavGroup
            label={t("nav.base")}
            pages={[
              { to: "/segments", label: t("nav.segments") },
              { to: "/policy", label: t("nav.policy") },
            ]}
          />
        ) : (
          oversees(user) && <NavLink to="/segments">{t("nav.segments")}</NavLink>
        )}
      </nav>
      <div className="header-end">
        <NoticeBell />
        <LanguageSwitch />
        {isAgent && (
          <Button
            type="text"
            className="on-dark"
            icon={<QuestionCircleOutlined />}
            aria-label={t("nav.shortcuts")}
            title={`${t("nav.shortcuts")} (?)`}
            onClick={() => window.dispatchEvent(new CustomEvent("console:shortcuts"))}
          />
        )}
        <Dropdown
          trigger={["click"]}
          menu={{
            items: [
              { key: "who", disabled: true, label: user.roles.map((role) => t(`role.${role}`)).join(" · ") },
              { type: "divider" },
              { key: "out", icon: <LogoutOutlined />, label: t("nav.logOut"), onClick: () => void logOut() },
            ],
          }}
        >
          <Button
            type="text"
            className="on-dark"
            icon={<UserOutlined />}
            aria-label={t("nav.account", { name: user.name })}
          >
            {user.name}
          </Button>
        </Dropdown>
      </div>
    </header>
  );
}
