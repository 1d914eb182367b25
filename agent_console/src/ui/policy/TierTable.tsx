/** What tiers get: the company's table for every queue, or that of one queue, which says only where it departs. */

import { Button, Select } from "antd";
import { useState } from "react";
import type { Changes } from "../../api/loyalty";
import type { PolicyFault, PolicySheet, PolicyValue } from "../../api/types";
import {
  faultsOf,
  keyName,
  type OwnCell,
  ownCount,
  queueCells,
  queueOf,
  type Row,
  takenBack,
  valueText,
} from "../../state/policy";
import { useText } from "../context";
import { ParameterInput } from "./ParameterInput";
import { PolicyRow, RowWords } from "./PolicyRow";

interface Props {
  rows: readonly Row[];
  sheet: PolicySheet;
  changes: Changes;
  faults: readonly PolicyFault[];
  onChange: (path: string, value: PolicyValue) => void;
  onChanges: (change: (known: Changes) => Changes) => void;
}

export function TierTable(props: Props) {
  const { rows, sheet, changes, onChanges } = props;
  const { t, language } = useText();
  const [queue, setQueue] = useState("");
  const chosen = sheet.queues.find((each) => each.id === queue);
  const name = (id: string): string => {
    const own = ownCount(sheet, id, changes);
    const said = queueOf(id, sheet, language);
    return own > 0 ? t("policy.queueOwn", { queue: said, count: own }) : said;
  };
  return (
    <>
      <div className="tier-table-of">
        <label>
          <span>{t("policy.tableOf")}</span>
          <Select
            aria-label={t("policy.tableOf")}
            value={queue}
            onChange={setQueue}
            popupMatchSelectWidth={false}
            options={[
              { value: "", label: t("policy.company") },
              ...sheet.queues.map((each) => ({ value: each.id, label: name(each.id) })),
            ]}
          />
        </label>
        <p className="quiet small">{t(chosen ? "policy.queueLead" : "policy.companyLead")}</p>
        {chosen && !chosen.tiering && (
          <p className="needs small" role="note">
            {t("policy.queueOff")}
          </p>
        )}
      </div>
      {chosen === undefined
        ? rows.map((row) => <PolicyRow key={row.words.path} row={row} {...props} />)
        : rows
            .filter((row) => row.words.per_queue)
            .map((row) => (
              <div key={row.words.path} className="policy-row" data-row={row.words.path}>
                <RowWords words={row.words} />
                <div className="policy-values">
                  {queueCells(row, sheet, queue, changes).map((cell) => (
                    <QueueCell
                      key={cell.parameter.path}
                      {...props}
                      row={row}
                      cell={cell}
                      onBack={() => onChanges((known) => takenBack(sheet, known, cell.parameter.path))}
                    />
                  ))}
                </div>
              </div>
            ))}
    </>
  );
}

/** Alt+Backspace in the field, or its button, gives back what the company has. */
function QueueCell({
  row,
  cell,
  changes,
  faults,
  onChange,
  onBack,
}: Props & { row: Row; cell: OwnCell; onBack: () => void }) {
  const { t, language } = useText();
  const { parameter, value, own, company } = cell;
  const tier = keyName(parameter.keys.at(-1) ?? "", t);
  const label = `${row.words[language]} · ${tier}`;
  const wrong = faultsOf(parameter.path, faults, language);
  const state = own ? "policy-own" : "policy-inherited";
  return (
    <div
      className={`policy-cell ${state}${parameter.path in changes ? " policy-changed" : ""}`}
      data-path={parameter.path}
      onKeyDown={(event) => {
        if (own && event.altKey && event.key === "Backspace") {
          event.preventDefault();
          onBack();
        }
      }}
    >
      <span className="small">{tier}</span>
      <span className={own ? "small own-mark" : "small quiet"}>{t(own ? "policy.own" : "policy.inherited")}</span>
      <ParameterInput
        parameter={parameter}
        words={row.words}
        value={value}
        label={`${label} (${t(own ? "policy.own" : "policy.inherited")})`}
        wrong={wrong.length > 0}
        onValue={(typed) => onChange(parameter.path, typed)}
      />
      {own && (
        <Button
          size="small"
          aria-keyshortcuts="Alt+Backspace"
          aria-label={`${t("policy.takeBack", { value: valueText(company, t) })} · ${label}`}
          onClick={onBack}
        >
          {t("policy.takeBack", { value: valueText(company, t) })}
        </Button>
      )}
      {wrong.map((each) => (
        <span key={each} className="needs small" role="alert">
          {each}
        </span>
      ))}
    </div>
  );
}
