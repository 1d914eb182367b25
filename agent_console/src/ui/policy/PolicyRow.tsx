/** A row of the policy: what it is and does, its values (for each tier, stage or score), what is wrong with it. */

import type { PolicyFault, PolicyParameter, PolicySheet, PolicyValue, PolicyWords } from "../../api/types";
import type { Changes } from "../../api/loyalty";
import { departures, faultsOf, keyName, queueOf, type Row, starName, valueOf, valueText } from "../../state/policy";
import { useText } from "../context";
import { ParameterInput } from "./ParameterInput";

interface Props {
  row: Row;
  sheet: PolicySheet;
  changes: Changes;
  faults: readonly PolicyFault[];
  onChange: (path: string, value: PolicyValue) => void;
}

export function PolicyRow({ row, sheet, changes, faults, onChange }: Props) {
  const { t } = useText();
  const { words, parameters } = row;
  const several = [...new Set(parameters.map((each) => each.keys[0] ?? ""))];
  const twice = parameters.some((each) => each.keys.length > 1);
  const cell = (parameter: PolicyParameter) => (
    <Cell key={parameter.path} {...{ row, sheet, changes, faults, onChange, parameter }} />
  );
  return (
    <div className="policy-row" data-row={words.path}>
      <RowWords words={words} />
      <div className="policy-values">
        {twice
          ? several.map((key) => (
              <fieldset key={key} className="policy-set">
                <legend>{keyName(key, t)}</legend>
                {parameters.filter((each) => each.keys[0] === key).map(cell)}
              </fieldset>
            ))
          : parameters.map(cell)}
      </div>
    </div>
  );
}

export function RowWords({ words }: { words: PolicyWords }) {
  const { t, language } = useText();
  return (
    <div className="policy-words">
      <strong>{words[language]}</strong>
      {words.unit && <span className="quiet"> ({t(`unit.${words.unit}`)})</span>}
      <p className="quiet small">{words[`why_${language}`]}</p>
    </div>
  );
}

function Cell({ row, sheet, changes, faults, onChange, parameter }: Props & { parameter: PolicyParameter }) {
  const { t, language } = useText();
  const key = parameter.keys.at(-1);
  const said = (star: string) => starName(star, parameter.path, sheet, [], language, t);
  const name = key === undefined ? null : said(key);
  const label = [row.words[language], ...parameter.keys.map(said)].join(" · ");
  const wrong = faultsOf(parameter.path, faults, language);
  const shipped = sheet.shipped[parameter.path];
  const value = valueOf(parameter, changes);
  const differs = JSON.stringify(shipped ?? null) !== JSON.stringify(value);
  return (
    <div
      className={parameter.path in changes ? "policy-cell policy-changed" : "policy-cell"}
      data-path={parameter.path}
    >
      {name !== null && <span className="quiet small">{name}</span>}
      <ParameterInput
        parameter={parameter}
        words={row.words}
        value={value}
        label={label}
        wrong={wrong.length > 0}
        onValue={(typed) => onChange(parameter.path, typed)}
      />
      {differs && shipped !== undefined && (
        <span className="quiet small">{t("policy.default", { value: valueText(shipped, t) })}</span>
      )}
      {departures(parameter, sheet, changes).map(([queue, own]) => (
        <span key={queue} className="quiet small" data-departs={queue}>
          {t("policy.departs", { queue: queueOf(queue, sheet, language), value: valueText(own, t) })}
        </span>
      ))}
      {wrong.map((each) => (
        <span key={each} className="needs small" role="alert">
          {each}
        </span>
      ))}
    </div>
  );
}
