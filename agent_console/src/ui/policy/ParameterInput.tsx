/** One value of the policy to edit, by its kind. */

import { Button, Input, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import type { PolicyParameter, PolicyValue, PolicyWords } from "../../api/types";
import { word } from "../../state/relationship";
import { useText } from "../context";

interface Props {
  parameter: PolicyParameter;
  words: PolicyWords;
  value: PolicyValue;
  label: string;
  wrong: boolean;
  onValue: (value: PolicyValue) => void;
}

export function ParameterInput({ parameter, words, value, label, wrong, onValue }: Props) {
  const { t } = useText();
  const status = wrong ? "error" : "";
  switch (words.kind) {
    case "yes_no":
      return <Switch aria-label={label} checked={value === true} onChange={onValue} />;
    case "choice":
      return (
        <Select
          aria-label={label}
          status={status}
          value={value as string}
          popupMatchSelectWidth={false}
          onChange={onValue}
          options={parameter.options.map((each) => ({ value: each, label: word("choice", each, t) }))}
        />
      );
    case "codes":
      return (
        <Select
          mode="tags"
          aria-label={label}
          status={status}
          value={value as string[]}
          onChange={(codes: string[]) => onValue([...codes].sort())}
        />
      );
    case "severities":
      return <Severities label={label} value={value as Record<string, number>} onValue={onValue} />;
    case "text":
      return (
        <Input
          aria-label={label}
          status={status}
          value={value as string}
          placeholder={t("policy.shippedName")}
          onChange={(event) => onValue(event.target.value)}
        />
      );
    default:
      return (
        <InputNumber
          aria-label={label}
          status={status}
          value={value as number | null}
          placeholder={words.optional ? t("policy.empty") : ""}
          {...(words.kind === "integer" ? { precision: 0 } : {})}
          onChange={(typed) => onValue(typed)}
        />
      );
  }
}

function Severities({
  label,
  value,
  onValue,
}: {
  label: string;
  value: Record<string, number>;
  onValue: (value: PolicyValue) => void;
}) {
  const { t } = useText();
  const [code, setCode] = useState("");
  const without = (name: string) => Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
  return (
    <div className="severities">
      {Object.entries(value).map(([name, severity]) => (
        <div key={name}>
          <code>{name}</code>
          <InputNumber
            aria-label={`${label}: ${name}`}
            value={severity}
            step={0.25}
            onChange={(typed) => onValue({ ...value, [name]: typed ?? 0 })}
          />
          <Button size="small" aria-label={t("policy.remove", { code: name })} onClick={() => onValue(without(name))}>
            ✕
          </Button>
        </div>
      ))}
      <div>
        <Input
          aria-label={`${label}: ${t("policy.addCode")}`}
          placeholder={t("policy.addCode")}
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
        <Button
          size="small"
          disabled={code.trim() === ""}
          onClick={() => {
            onValue({ ...value, [code.trim()]: 0.5 });
            setCode("");
          }}
        >
          {t("policy.add")}
        </Button>
      </div>
    </div>
  );
}
