/** Who put which version in force, when and why; what differs between two; the way back. */

import { Button, Empty, Input, Modal, Select, Spin } from "antd";
import { lazy, Suspense, useState } from "react";
import { type FlowDetail, flowApi } from "../api/flows";
import { dateTime } from "../format/figures";
import { useConsole, useLoaded, useText } from "../ui/context";
import { useRefusal } from "./useRefusal";

const Comparison = lazy(async () => ({ default: (await import("./Comparison")).Comparison }));
const DRAFT = "draft";

export function FlowHistory({ flow, onChanged }: { flow: FlowDetail; onChanged: () => void }) {
  const { t, language } = useText();
  const { user } = useConsole();
  const [back, setBack] = useState<string | null>(null);
  const isAuthor = user.roles.includes("administrator");
  const present = flow.origin === "deployed" ? flow.version : "";
  return (
    <>
      <section className="card" aria-label={t("flow.view.history")}>
        {flow.history.length === 0 ? (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("flow.noHistory")} />
        ) : (
          <table className="plain flow-history">
            <thead>
              <tr>
                <th scope="col">{t("flow.when")}</th>
                <th scope="col">{t("flow.who")}</th>
                <th scope="col">{t("flow.act")}</th>
                <th scope="col">{t("flow.version")}</th>
                <th scope="col">{t("flow.note")}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {flow.history.map((entry, number) => (
                <tr key={`${entry.at} ${entry.version}`}>
                  <td>{dateTime(entry.at, language)}</td>
                  <td>{entry.author}</td>
                  <td>{t(`flow.act.${entry.act}`)}</td>
                  <td>
                    <code>{entry.version === "" ? t("flows.origin.folder") : entry.version.slice(0, 8)}</code>
                    {number === 0 && <span className="flow-drafted"> {t("flow.present")}</span>}
                  </td>
                  <td className="flow-note">{entry.note}</td>
                  <td className="number">
                    {isAuthor && entry.act === "deploy" && entry.version !== present && (
                      <Button size="small" onClick={() => setBack(entry.version)}>
                        {t("flow.goBack")}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {isAuthor && present !== "" && flow.in_folder !== "" && (
          <Button className="flow-to-folder" onClick={() => setBack("")}>
            {t("flow.backToFolder")}
          </Button>
        )}
      </section>
      <Compare flow={flow} />
      {back !== null && <GoBack flow={flow} to={back} onClose={() => setBack(null)} onDone={onChanged} />}
    </>
  );
}

interface Version {
  id: string;
  name: string;
}

function versionsOf(flow: FlowDetail, text: (key: "flow.draft" | "flows.origin.folder") => string): Version[] {
  const deployed = flow.history.filter((entry) => entry.version !== "").map((entry) => entry.version);
  const found: Version[] = flow.draft ? [{ id: DRAFT, name: text("flow.draft") }] : [];
  for (const version of new Set([flow.version, ...deployed, flow.in_folder]))
    if (version !== "") {
      const origin = version === flow.in_folder ? ` (${text("flows.origin.folder")})` : "";
      found.push({ id: version, name: version.slice(0, 8) + origin });
    }
  return found;
}

function Compare({ flow }: { flow: FlowDetail }) {
  const { t } = useText();
  const versions = versionsOf(flow, t);
  const [chosen, setChosen] = useState<[string, string] | null>(null);
  const [newer, older] = chosen ?? [versions[0]?.id ?? "", versions[1]?.id ?? versions[0]?.id ?? ""];
  const textOf = async (id: string): Promise<string> =>
    id === DRAFT ? (flow.draft?.source ?? "") : flowApi.source(flow.name, id);
  const texts = useLoaded(`compare ${flow.name} ${older} ${newer} ${flow.draft?.revision ?? ""}`, () =>
    Promise.all([textOf(older), textOf(newer)]),
  );
  if (versions.length < 2) return null;
  const nameOf = (id: string): string => versions.find((version) => version.id === id)?.name ?? id;
  const options = versions.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <section className="card flow-compare" aria-label={t("flow.compare")}>
      <div className="flow-bar">
        <h2>{t("flow.compare")}</h2>
        <Select
          aria-label={t("flow.before")}
          value={older}
          options={options}
          onChange={(id) => setChosen([newer, id])}
          popupMatchSelectWidth={false}
        />
        <span aria-hidden>→</span>
        <Select
          aria-label={t("flow.after")}
          value={newer}
          options={options}
          onChange={(id) => setChosen([id, older])}
          popupMatchSelectWidth={false}
        />
      </div>
      {texts.failed !== null && <p className="needs">{texts.failed}</p>}
      {texts.value ? (
        <Suspense fallback={<Spin />}>
          <Comparison
            before={{ name: nameOf(older), text: texts.value[0] }}
            after={{ name: nameOf(newer), text: texts.value[1] }}
          />
        </Suspense>
      ) : (
        texts.failed === null && <Spin />
      )}
    </section>
  );
}

interface GoBackProps {
  flow: FlowDetail;
  to: string;
  onClose: () => void;
  onDone: () => void;
}

function GoBack({ flow, to, onClose, onDone }: GoBackProps) {
  const { t, language } = useText();
  const [note, setNote] = useState("");
  const [working, setWorking] = useState(false);
  const { refused, attempt } = useRefusal();
  const go = async () => {
    setWorking(true);
    if (await attempt(() => flowApi.rollBack(flow.name, to, note.trim(), language))) {
      onClose();
      onDone();
    }
    setWorking(false);
  };
  return (
    <Modal
      open
      title={t("flow.goBackTo", { version: to === "" ? t("flows.origin.folder") : to.slice(0, 8) })}
      okText={t("flow.goBack")}
      cancelText={t("flow.cancel")}
      okButtonProps={{ disabled: note.trim() === "", loading: working }}
      onOk={() => void go()}
      onCancel={onClose}
    >
      <p className="quiet">{t("flow.newCallers")}</p>
      <label className="flow-field">
        <span>{t("flow.note")}</span>
        <Input value={note} maxLength={400} onChange={(event) => setNote(event.target.value)} autoFocus />
      </label>
      {refused !== "" && (
        <p className="needs" role="alert">
          {refused}
        </p>
      )}
    </Modal>
  );
}
