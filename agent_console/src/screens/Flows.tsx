/** All flows: which version new callers enter, who put it there, who is in it now, what is drafted. */

import { PlusOutlined } from "@ant-design/icons";
import { Button, Empty, Form, Input, Modal, Spin } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { type FlowLine, flowApi } from "../api/flows";
import { dateTime } from "../format/figures";
import { useLive } from "../flows/useLive";
import { useConsole, useLoaded, useText } from "../ui/context";

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

export function Flows() {
  const { t } = useText();
  const { user } = useConsole();
  const flows = useLoaded("flows", () => flowApi.list());
  const live = useLive();
  const [naming, setNaming] = useState(false);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("flows.title")}</h1>
        {user.roles.includes("administrator") && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setNaming(true)}>
            {t("flows.new")}
          </Button>
        )}
      </header>
      {flows.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {flows.failed}
        </p>
      )}
      {flows.value === null && flows.failed === null && <Spin />}
      {flows.value?.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("flows.none")} className="card" />
      )}
      {flows.value !== null && flows.value.length > 0 && (
        <section className="card scroll" aria-label={t("flows.title")}>
          <table className="plain flow-list">
            <thead>
              <tr>
                <th scope="col">{t("flows.name")}</th>
                <th scope="col">{t("flows.numbers")}</th>
                <th scope="col">{t("flows.inForce")}</th>
                <th scope="col" className="number">
                  {t("flows.callers")}
                </th>
                <th scope="col">{t("flows.draft")}</th>
              </tr>
            </thead>
            <tbody>
              {flows.value.map((flow) => (
                <Row
                  key={flow.name}
                  flow={flow}
                  callers={live?.find((each) => each.flow === flow.name)?.callers ?? null}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {naming && (
        <NewFlow taken={new Set((flows.value ?? []).map((flow) => flow.name))} onClose={() => setNaming(false)} />
      )}
    </div>
  );
}

function Row({ flow, callers }: { flow: FlowLine; callers: number | null }) {
  const { t, language } = useText();
  return (
    <tr>
      <th scope="row">
        <Link to={`/flows/${flow.name}`}>{flow.title}</Link>
        {flow.title !== flow.name && <small className="quiet">{flow.name}</small>}
      </th>
      <td>{flow.numbers.join(", ") || <span className="quiet">{t("flow.called")}</span>}</td>
      <td>
        <code>{flow.version === "" ? "–" : flow.version.slice(0, 8)}</code>{" "}
        {flow.origin === "deployed" && flow.deployed ? (
          <span>
            {t("flows.deployedBy", { who: flow.deployed.author, when: dateTime(flow.deployed.at, language) })}
            {flow.deployed.note !== "" && <small className="quiet">{flow.deployed.note}</small>}
          </span>
        ) : (
          <span className="quiet">{t(`flows.origin.${flow.origin}`)}</span>
        )}
      </td>
      <td className="number" data-flow={flow.name}>
        {callers ?? "–"}
      </td>
      <td>
        {flow.draft_at !== null && (
          <span className="flow-drafted">
            {t("flows.draftBy", { who: flow.draft_by, when: dateTime(flow.draft_at, language) })}
          </span>
        )}
      </td>
    </tr>
  );
}

function NewFlow({ taken, onClose }: { taken: Set<string>; onClose: () => void }) {
  const { t } = useText();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const wrong = name !== "" && !NAME.test(name) ? t("flows.badName") : taken.has(name) ? t("flows.taken") : "";
  const make = () => {
    if (name !== "" && wrong === "") void navigate(`/flows/${name}?new`);
  };
  return (
    <Modal
      open
      title={t("flows.new")}
      okText={t("flows.begin")}
      cancelText={t("flow.cancel")}
      okButtonProps={{ disabled: name === "" || wrong !== "" }}
      onOk={make}
      onCancel={onClose}
    >
      <Form layout="vertical" onFinish={make}>
        <Form.Item label={t("flows.name")} help={wrong || t("flows.nameHint")} validateStatus={wrong ? "error" : ""}>
          <Input value={name} autoFocus aria-label={t("flows.name")} onChange={(e) => setName(e.target.value.trim())} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
