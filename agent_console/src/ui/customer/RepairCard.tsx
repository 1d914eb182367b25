/** One repair case or call to make: whose it is, by when, what to say, what is done, and how it ends. */

import { PhoneOutlined } from "@ant-design/icons";
import { App, Button, Checkbox, Input, Modal, Radio, Select } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { loyalty } from "../../api/loyalty";
import type { RepairLine } from "../../api/types";
import { dateTime, phoneNumber, span } from "../../format/figures";
import { isTextKey, type Translate } from "../../i18n";
import { dialable } from "../../state/dial";
import { word } from "../../state/relationship";
import { useAct, useConsole, useNow, useText } from "../context";
import { askToDial } from "../dial/call";
import { useNames } from "../names";
import { oversees } from "../roles";
import { Remedies } from "./Remedies";
import { outcomeText } from "./Timeline";

interface Props {
  repair: RepairLine;
  onChanged: () => void;
  withCustomer?: boolean;
}

export function RepairCard({ repair, onChanged, withCustomer = false }: Props) {
  const { user } = useConsole();
  const { t, language } = useText();
  const names = useNames();
  const open = repair.closed_at === null;
  const mayWork = oversees(user) || repair.owner === user.agent;
  return (
    <li className={`repair mark-${open ? (repair.mark ?? "none") : "closed"}`} data-case={repair.case}>
      <div className="repair-head">
        {withCustomer && (
          <Link to={`/customers/${repair.customer}`}>
            <strong>{repair.customer_name}</strong>
          </Link>
        )}
        <strong>{word("reaction", repair.reaction, t)}</strong>
        <span className="quiet">{word("tier", repair.tier, t)}</span>
        {open ? <NextPromise repair={repair} /> : null}
      </div>
      <p className="quiet">
        {t("repairs.opened", { time: dateTime(repair.opened_at, language) })}
        {repair.because && `, ${reason(repair.because, names.disposition, t)}`}
        {` · ${t("repairs.owner")}: ${ownerText(repair, names.agent, t)}`}
        {repair.reopened > 0 && ` · ${t("repairs.reopened", { count: repair.reopened })}`}
      </p>
      {open && <Words repair={repair} />}
      {(repair.means !== null || repair.remedies.length > 0) && (
        <Remedies repair={repair} mayWork={mayWork} onChanged={onChanged} />
      )}
      {open ? (
        <>
          <Plan repair={repair} mayWork={mayWork} onChanged={onChanged} />
          <Acts repair={repair} mayWork={mayWork} onChanged={onChanged} />
        </>
      ) : (
        <Closed repair={repair} mayWork={mayWork} onChanged={onChanged} />
      )}
    </li>
  );
}

/** An outcome that an agent set, or a sign we saw ourselves. */
function reason(because: string, outcome: (code: string) => string, t: Translate): string {
  const said = outcome(because);
  const ours = word("because", because, t) === said && said !== because;
  return t(ours ? "repairs.becauseOf" : "repairs.openedBecause", { because: said });
}

function ownerText(repair: RepairLine, agent: (id: string) => string, t: Translate): string {
  if (repair.owner) return agent(repair.owner);
  return t(repair.to_call ? "repairs.anybody" : "repairs.nobody");
}

/** What a call of ours may begin with; nothing where the customer is expected to speak first. */
function Words({ repair }: { repair: RepairLine }) {
  const { t } = useText();
  const key = [`say.${repair.because}`, `say.${repair.reaction}`].find(isTextKey);
  if (!repair.to_call || key === undefined) return null;
  return (
    <p className="repair-say">
      <span className="quiet">{t("repairs.say")}: </span>
      <q>{t(key)}</q>
    </p>
  );
}

/** The next promise, against the clock; never by colour alone. */
function NextPromise({ repair }: { repair: RepairLine }) {
  const { t, language } = useText();
  const now = useNow();
  if (repair.promised_at === null) return <span className="due">{t("repairs.noDue")}</span>;
  const left = repair.promised_at - now;
  return (
    <span className="due">
      {left < 0
        ? t("repairs.overdueBy", { time: span(-left, language) })
        : t("repairs.dueIn", { time: span(left, language) })}
      <span className="due-mark">{t(`mark.${left < 0 ? "breach" : (repair.mark ?? "none")}`)}</span>
    </span>
  );
}

type Part = Pick<Props, "repair" | "onChanged"> & { mayWork: boolean };

function Plan({ repair, mayWork, onChanged }: Part) {
  const { t } = useText();
  const act = useAct();
  return (
    <div className="plan" role="group" aria-label={t("repairs.plan")}>
      {repair.plan.map((task) => {
        const done = repair.tasks_done.includes(task);
        return (
          <Checkbox
            key={task}
            checked={done}
            disabled={done || !mayWork}
            onChange={() => void act(() => loyalty.taskDone(repair.case, task)).then(onChanged)}
          >
            {word("task", task, t)}
          </Checkbox>
        );
      })}
    </div>
  );
}

function Acts({ repair, mayWork, onChanged }: Part) {
  const { user, catalogue } = useConsole();
  const { t } = useText();
  const act = useAct();
  const [closing, setClosing] = useState(false);
  const give = (owner: string | null) => void act(() => loyalty.assign(repair.case, owner)).then(onChanged);
  return (
    <div className="repair-acts">
      {oversees(user) && (
        <Select
          size="small"
          aria-label={t("repairs.assign", { case: repair.customer_name })}
          value={repair.owner || null}
          placeholder={t("repairs.nobody")}
          showSearch={{ optionFilterProp: "label" }}
          popupMatchSelectWidth={false}
          onChange={give}
          options={(catalogue?.agents ?? []).map((each) => ({ value: each.id, label: each.name }))}
        />
      )}
      {user.agent !== null && repair.to_call && <CallOut repair={repair} give={give} />}
      {user.agent !== null && repair.owner !== user.agent && (
        <Button size="small" onClick={() => give(null)}>
          {t("repairs.take")}
        </Button>
      )}
      {mayWork && (
        <Button size="small" type="primary" onClick={() => setClosing(true)}>
          {t("repairs.close")}
        </Button>
      )}
      <Closing repair={repair} open={closing} onClose={() => setClosing(false)} onChanged={onChanged} />
    </div>
  );
}

/** One click takes a call that is open to all, and has the number dialled. */
function CallOut({ repair, give }: { repair: RepairLine; give: (owner: string | null) => void }) {
  const { t } = useText();
  const number = repair.customer_number;
  if (dialable(number) === null) return <span className="quiet">{t("repairs.noNumber")}</span>;
  return (
    <Button
      size="small"
      icon={<PhoneOutlined />}
      onClick={() => {
        if (repair.owner === "") give(null);
        askToDial(number);
      }}
    >
      {t("repairs.call", { number: phoneNumber(number) })}
    </Button>
  );
}

const OTHER = "";

function Closing({
  repair,
  open,
  onClose,
  onChanged,
}: Pick<Props, "repair" | "onChanged"> & { open: boolean; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [result, setResult] = useState<string>(repair.results[0] ?? OTHER);
  const [note, setNote] = useState("");
  const outcome = [result, note.trim()].filter(Boolean).join(": ");
  return (
    <Modal
      open={open}
      title={t("repairs.closeTitle")}
      okText={t("repairs.close")}
      cancelText={t("repairs.notYet")}
      okButtonProps={{ disabled: outcome === "" }}
      onCancel={onClose}
      onOk={() =>
        void act(() => loyalty.close(repair.case, outcome)).then((worked) => {
          if (worked) onClose();
          onChanged();
        })
      }
    >
      <Radio.Group
        aria-label={t("repairs.result")}
        value={result}
        onChange={(event) => setResult(event.target.value as string)}
        options={[
          ...repair.results.map((each) => ({ value: each, label: word("result", each, t) })),
          { value: OTHER, label: t("repairs.otherResult") },
        ]}
      />
      <Input.TextArea
        aria-label={t("repairs.note")}
        placeholder={t("repairs.note")}
        value={note}
        maxLength={300}
        rows={3}
        onChange={(event) => setNote(event.target.value)}
      />
    </Modal>
  );
}

function Closed({ repair, mayWork, onChanged }: Part) {
  const { t, language } = useText();
  const { modal } = App.useApp();
  const act = useAct();
  return (
    <p>
      {t("repairs.closed", {
        time: dateTime(repair.closed_at, language),
        outcome: outcomeText(repair.outcome, t),
      })}{" "}
      {mayWork && (
        <Button
          size="small"
          onClick={() =>
            void modal.confirm({
              title: t("repairs.reopen"),
              okText: t("repairs.reopen"),
              cancelText: t("keys.close"),
              onOk: () => act(() => loyalty.reopen(repair.case)).then(onChanged),
            })
          }
        >
          {t("repairs.reopen")}
        </Button>
      )}
    </p>
  );
}
