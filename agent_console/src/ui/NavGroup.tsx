/** Several pages under one word of the navigation. */

import { DownOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useLocation, useNavigate } from "react-router";

export function NavGroup({ label, pages }: { label: string; pages: readonly { to: string; label: string }[] }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const here = pages.find(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: pages.map((page) => ({ key: page.to, label: page.label })),
        selectedKeys: here ? [here.to] : [],
        onClick: ({ key }) => void navigate(key),
      }}
    >
      <Button type="text" className={here ? "nav-group active" : "nav-group"} aria-haspopup="menu">
        {label}
        <DownOutlined />
      </Button>
    </Dropdown>
  );
}
