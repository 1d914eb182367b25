/** Before a draft goes live: what the check finds, how its tests go, and why it is deployed. */

import { CheckCircleTwoTone, CloseCircleTwoTone } from "@ant-design/icons";
import { App, Checkbox, Input, Modal, Spin } from "antd";
import { useState } from "react";
import { type FlowDetail, flowApi, type TestResult } from "../api/flows";
import { useLoaded, useText } from "../ui/context";
import type { DraftKeeper } from "./draftKeeper";
import { useRefusal } from "./useRefusal";

interface DeployProps {
  flow: FlowDetail;
  keeper: DraftKeeper;
  findings: number;
  onClose: () => void;
  onDeployed: () => void;
}

export function DeployDialog({ flow, keeper, findings, onClose, onDeployed }: DeployProps) {
  const { t, language } = useText();
  const { message } = App.useApp();
  const { text } = keeper.current();
  const tests = useLoaded(`tests ${flow.name} ${language}`, () => flowApi.test(flow.name, text, language));
  const [note, setNote] = useState("");
  const [despite, setDespite] = useState(false);
  const [working, setWorking] = useState(false);
  const { refused, attempt } = useRefusal();
  const failed = (tests.value ?? []).filter((test) => !test.passed).length;
  const deploy = async () => {
    setWorking(true);
    const done = await attempt(async () => {
      // What was never changed (a new flow as it is offered) has to be a draft before it can be deployed.
      const draft = (await keeper.flush()) ?? (await flowApi.save(flow.name, text, ""));
      const order = { revision: draft.revision, note: note.trim(), despite_tests: despite };
      await flowApi.deploy(flow.name, order, language);
    });
    setWorking(false);
    if (!done) return;
    void message.success(t("flow.deployed", { name: flow.title }));
    onClose();
    onDeployed();
  };
  return (
    <Modal
      open
      title={t("flow.deployTitle", { name: flow.title })}
      okText={t("flow.deploy")}
      cancelText={t("flow.cancel")}
      okButtonProps={{
        disabled: findings > 0 || note.trim() === "" || tests.value === null || (failed > 0 && !despite),
        loading: working,
      }}
      onOk={() => void deploy()}
      onCancel={onClose}
    >
      <p className={findings > 0 ? "needs" : "flow-good"}>
        {findings > 0 ? t("flow.findingsFirst", { count: findings }) : t("flow.noFindings")}
      </p>
      {tests.failed !== null && <p className="needs">{tests.failed}</p>}
      {tests.value ? <Tests tests={tests.value} /> : tests.failed === null && <Spin size="small" />}
      {failed > 0 && (
        <Checkbox checked={despite} onChange={(event) => setDespite(event.target.checked)}>
          {t("flow.despite", { count: failed })}
        </Checkbox>
      )}
      <label className="flow-field">
        <span>{t("flow.noteWhy")}</span>
        <Input.TextArea
          value={note}
          rows={2}
          maxLength={400}
          onChange={(event) => setNote(event.target.value)}
          aria-label={t("flow.noteWhy")}
        />
      </label>
      <p className="quiet small">{t("flow.newCallers")}</p>
      {refused !== "" && (
        <p className="needs" role="alert">
          {refused}
        </p>
      )}
    </Modal>
  );
}

function Tests({ tests }: { tests: readonly TestResult[] }) {
  const { t } = useText();
  if (tests.length === 0) return <p className="quiet">{t("flow.noTests")}</p>;
  const failed = tests.filter((test) => !test.passed);
  return (
    <section aria-label={t("flow.tests")}>
      <p data-testid="tests">{t("flow.testsPassed", { passed: tests.length - failed.length, all: tests.length })}</p>
      <ul className="flow-tests" tabIndex={0} aria-label={t("flow.tests")}>
        {tests.map((test) => (
          <li key={`${test.line} ${test.name}`}>
            {test.passed ? (
              <CheckCircleTwoTone twoToneColor="#12703a" aria-label={t("flow.passed")} />
            ) : (
              <CloseCircleTwoTone twoToneColor="#b3261e" aria-label={t("flow.failed")} />
            )}{" "}
            {test.name}
            {!test.passed && (
              <small className="needs">
                {t("flow.line", { line: test.line })}: {test.why}
              </small>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
