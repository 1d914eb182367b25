/** A flow under work: its text with what the check finds, its picture or a trial beside it, and deployment. */

import { DeleteOutlined, DiffOutlined, PlayCircleOutlined, RocketOutlined } from "@ant-design/icons";
import { Alert, App, Button, Modal, Segmented, Spin } from "antd";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { type Checked, type Finding, type FlowDetail, flowApi } from "../api/flows";
import { useAct, useConsole, useLoaded, useText } from "../ui/context";
import { Comparison } from "./Comparison";
import { lineOfNode } from "./completion";
import { DeployDialog } from "./DeployDialog";
import { DraftKeeper, type Written } from "./draftKeeper";
import { FlowPicture } from "./FlowPicture";
import { SourceEditor } from "./SourceEditor";
import { TryOut } from "./TryOut";

const CHECK_AFTER_MS = 250;

export function FlowWork({ flow, onDeployed }: { flow: FlowDetail; onDeployed: () => void }) {
  const { t, language } = useText();
  const { user } = useConsole();
  const isAuthor = user.roles.includes("administrator");
  const keeper = useMemo(
    () => new DraftKeeper(flow.name, flow.source, flow.draft, { ...flowApi, theirs }, sessionStorage),
    // A keeper lives as long as what is in force: the flow is loaded anew after a deployment.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [flow.name, flow.version, flow.source],
  );
  const written = useSyncExternalStore(keeper.subscribe, keeper.current);
  useEffect(() => () => void keeper.flush(), [keeper]);
  const checked = useCheck(flow.name, written.text);
  const schema = useLoaded(`flow schema ${language}`, () => flowApi.schema(language));
  const [target, setTarget] = useState<{ line: number } | null>(null);
  const [line, setLine] = useState(0);
  const [beside, setBeside] = useState<"picture" | "trial">("picture");
  const findings = checked?.findings ?? NONE;
  const drawing = checked?.drawing ?? null;
  const selected = useMemo(
    () => (drawing?.boxes ?? []).map((box) => box.node).findLast((node) => lineOfNode(written.text, node) <= line),
    [drawing, written.text, line],
  );

  return (
    <>
      <Bar
        flow={flow}
        keeper={keeper}
        written={written}
        checked={checked}
        isAuthor={isAuthor}
        onDeployed={onDeployed}
      />
      <div className="flow-work">
        <section className="card flow-source" aria-label={t("flow.source")}>
          <SourceEditor
            text={written.text}
            revision={`${flow.version} ${written.generation}`}
            readOnly={!isAuthor}
            findings={findings}
            schema={schema.value}
            target={target}
            onChange={(text) => keeper.write(text)}
            onLine={setLine}
          />
          <Findings checked={checked} onGo={(to) => setTarget({ line: to })} />
        </section>
        <section className="card flow-beside" aria-label={t(`flow.beside.${beside}`)}>
          <Segmented
            value={beside}
            onChange={setBeside}
            options={[
              { value: "picture", label: t("flow.beside.picture") },
              { value: "trial", label: t("flow.beside.trial"), icon: <PlayCircleOutlined /> },
            ]}
          />
          {beside === "trial" ? (
            <TryOut
              flow={flow}
              drawing={drawing}
              hasDraft={written.state !== "same"}
              faulty={findings.length > 0}
              ready={() => keeper.flush()}
            />
          ) : drawing ? (
            <FlowPicture
              drawing={drawing}
              selected={selected ?? ""}
              onSelect={(node) => setTarget({ line: lineOfNode(written.text, node) })}
            />
          ) : checked ? (
            <p className="quiet">{checked.version === "" ? t("flow.unreadable") : t("flow.tooLarge")}</p>
          ) : (
            <Spin />
          )}
        </section>
      </div>
    </>
  );
}

const NONE: readonly Finding[] = [];

async function theirs(name: string) {
  return (await flowApi.flow(name)).draft;
}

/** What the server's own check finds in the text, a moment after the author pauses. */
function useCheck(name: string, text: string): Checked | null {
  const { language } = useText();
  const [checked, setChecked] = useState<Checked | null>(null);
  useEffect(() => {
    let current = true;
    const timer = window.setTimeout(() => {
      flowApi.check(name, text, language).then(
        (found) => current && setChecked(found),
        () => undefined, // the next change asks again; saving says that the server is away
      );
    }, CHECK_AFTER_MS);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [name, text, language]);
  return checked;
}

function Findings({ checked, onGo }: { checked: Checked | null; onGo: (line: number) => void }) {
  const { t } = useText();
  const findings = checked?.findings ?? [];
  return (
    <div className="flow-findings" role="status" aria-label={t("editor.findings")}>
      {checked && findings.length === 0 && <p className="flow-good">{t("flow.noFindings")}</p>}
      <ul>
        {findings.map((finding) => (
          <li key={`${finding.file} ${finding.line} ${finding.sentence}`}>
            {finding.file === "" ? (
              <button type="button" className="link" onClick={() => onGo(finding.line)}>
                {t("flow.line", { line: finding.line })}
              </button>
            ) : (
              <span>
                {finding.file}, {t("flow.line", { line: finding.line })}
              </span>
            )}{" "}
            <span>{finding.sentence}</span>
          </li>
        ))}
      </ul>
      {checked && checked.more > 0 && <p>{t("flow.more", { count: checked.more })}</p>}
    </div>
  );
}

interface BarProps {
  flow: FlowDetail;
  keeper: DraftKeeper;
  written: Written;
  checked: Checked | null;
  isAuthor: boolean;
  onDeployed: () => void;
}

function Bar({ flow, keeper, written, checked, isAuthor, onDeployed }: BarProps) {
  const { t } = useText();
  const act = useAct();
  const { modal } = App.useApp();
  const [comparing, setComparing] = useState(false);
  const [deploying, setDeploying] = useState(false);
  const differs = written.state !== "same" && written.text !== flow.source;
  const drop = () => {
    modal.confirm({
      title: t("flow.dropTitle"),
      content: t("flow.dropText"),
      okText: t("flow.drop"),
      cancelText: t("flow.cancel"),
      onOk: () => act(() => keeper.drop()),
    });
  };
  return (
    <div className="flow-bar">
      {isAuthor ? (
        <span className={`flow-state flow-state-${written.state}`} role="status" data-testid="draft">
          {t(`flow.state.${written.state}`)}
        </span>
      ) : (
        <span className="quiet">{t("flow.readOnly")}</span>
      )}
      <span className="end" />
      <Button icon={<DiffOutlined />} disabled={!differs} onClick={() => setComparing(true)}>
        {t("flow.compareInForce")}
      </Button>
      {isAuthor && (
        <>
          <Button icon={<DeleteOutlined />} disabled={written.state === "same"} onClick={drop}>
            {t("flow.drop")}
          </Button>
          <Button
            type="primary"
            icon={<RocketOutlined />}
            disabled={!checked || written.state === "taken" || !(differs || flow.version === "")}
            onClick={() => setDeploying(true)}
          >
            {t("flow.deploy")}
          </Button>
        </>
      )}
      {written.state === "taken" && (
        <Alert
          type="warning"
          className="flow-taken"
          title={t("flow.takenText")}
          action={
            <span className="flow-taken-acts">
              <Button size="small" onClick={() => void act(() => keeper.takeTheirs())}>
                {t("flow.takeTheirs")}
              </Button>
              <Button size="small" onClick={() => void act(() => keeper.keepMine())}>
                {t("flow.keepMine")}
              </Button>
            </span>
          }
        />
      )}
      {comparing && (
        <Modal open width={1200} title={t("flow.compareInForce")} footer={null} onCancel={() => setComparing(false)}>
          <Comparison
            before={{ name: t("flow.inForce"), text: flow.source }}
            after={{ name: t("flow.draft"), text: written.text }}
          />
        </Modal>
      )}
      {deploying && (
        <DeployDialog
          flow={flow}
          keeper={keeper}
          findings={checked?.findings.length ?? 0}
          onClose={() => setDeploying(false)}
          onDeployed={onDeployed}
        />
      )}
    </div>
  );
}
