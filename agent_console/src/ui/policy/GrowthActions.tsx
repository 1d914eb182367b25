/** The growth actions of a policy: added with their figures, or taken away; a change like any other. */

import { Button, Checkbox, Input, InputNumber } from "antd";
import { useState } from "react";
import type { Changes } from "../../api/loyalty";
import type { PolicySheet, PolicyValue } from "../../api/types";
import { actionPath, growthActions, keyName } from "../../state/policy";
import { useText } from "../context";
import { PolicyList } from "./PolicyList";

const FIGURES = ["probability", "each", "once", "cost"] as const;
type Figure = (typeof FIGURES)[number];
const NOTHING: Record<Figure, number> = { probability: 0.1, each: 0, once: 0, cost: 0 };

interface Props {
  sheet: PolicySheet;
  changes: Changes;
  onChanges: (change: (known: Changes) => Changes) => void;
}

export function GrowthActions({ sheet, changes, onChanges }: Props) {
  const { t } = useText();
  const actions = growthActions(sheet, changes);
  const put = (name: string, value: PolicyValue) => onChanges((known) => ({ ...known, [actionPath(name)]: value }));
  return (
    <PolicyList
      title={t("growth.title")}
      why={t("growth.why")}
      items={actions}
      nameOf={(name) => keyName(name, t)}
      pathOf={actionPath}
      onChanges={onChanges}
    >
      <NewAction taken={actions.map((each) => each.name)} onAdd={put} />
    </PolicyList>
  );
}

function NewAction({ taken, onAdd }: { taken: readonly string[]; onAdd: (name: string, value: PolicyValue) => void }) {
  const { t } = useText();
  const [name, setName] = useState("");
  const [figures, setFigures] = useState(NOTHING);
  const [gap, setGap] = useState(false);
  const wanted = name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
  const sound = /^[a-z][a-z0-9_]{0,39}$/.test(wanted) && !taken.includes(wanted);
  return (
    <fieldset className="growth-new">
      <legend>{t("growth.new")}</legend>
      <label>
        <span>{t("growth.name")}</span>
        <Input value={name} maxLength={40} onChange={(event) => setName(event.target.value)} />
      </label>
      {FIGURES.map((each) => (
        <label key={each}>
          <span>{t(`growth.${each}`)}</span>
          <InputNumber
            aria-label={t(`growth.${each}`)}
            min={0}
            step={0.05}
            value={figures[each]}
            onChange={(typed) => setFigures({ ...figures, [each]: typed ?? 0 })}
          />
        </label>
      ))}
      <Checkbox checked={gap} onChange={(event) => setGap(event.target.checked)}>
        {t("growth.gap")}
      </Checkbox>
      <Button
        disabled={!sound}
        onClick={() => {
          onAdd(wanted, { ...figures, gap: gap ? 1 : 0 });
          setName("");
          setFigures(NOTHING);
          setGap(false);
        }}
      >
        {t("growth.add")}
      </Button>
      {name.trim() !== "" && !sound && (
        <span className="needs small" role="alert">
          {t("growth.badName")}
        </span>
      )}
    </fieldset>
  );
}
