/** The offers to stay of a policy: added with their names and figures, or taken away; a change like any other. */

import { Button, Input, InputNumber, Select } from "antd";
import { type ReactNode, useState } from "react";
import type { Changes } from "../../api/loyalty";
import type { PolicyFault, PolicySheet } from "../../api/types";
import { listed } from "../../state/policy";
import {
  BONDS,
  codeOf,
  draftFaults,
  NO_OFFER,
  type OfferDraft,
  type OfferField,
  offerName,
  OFFERS,
  offerValue,
} from "../../state/stayOffers";
import { useText } from "../context";
import { PolicyList } from "./PolicyList";

interface Props {
  sheet: PolicySheet;
  changes: Changes;
  faults: readonly PolicyFault[];
  onChanges: (change: (known: Changes) => Changes) => void;
}

const pathOf = (code: string) => `${OFFERS}.${code}`;

export function StayOffers({ sheet, changes, faults, onChanges }: Props) {
  const { t, language } = useText();
  const offers = listed(sheet, changes, OFFERS);
  const added = new Set(offers.flatMap((each) => (each.added ? [each.name] : [])));
  return (
    <PolicyList
      title={t("offers.title")}
      why={t("offers.why")}
      items={offers}
      nameOf={(code) => offerName(code, sheet, changes, language, t)}
      pathOf={pathOf}
      faultsOf={(code) =>
        faults
          .filter((each) => added.has(code) && `${each.path}.`.startsWith(`${pathOf(code)}.`))
          .map((each) => each[language])
      }
      onChanges={onChanges}
    >
      <NewOffer
        sheet={sheet}
        taken={offers.map((each) => each.name)}
        onAdd={(draft) => onChanges((known) => ({ ...known, [pathOf(codeOf(draft.code))]: offerValue(draft) }))}
      />
    </PolicyList>
  );
}

function NewOffer({
  sheet,
  taken,
  onAdd,
}: {
  sheet: PolicySheet;
  taken: readonly string[];
  onAdd: (draft: OfferDraft) => void;
}) {
  const { t } = useText();
  const [draft, setDraft] = useState(NO_OFFER);
  const [tried, setTried] = useState(false);
  const wrong = draftFaults(draft, taken, sheet);
  const field = (name: OfferField, input: (label: string) => ReactNode) => {
    const fault = tried ? wrong[name] : undefined;
    return (
      <label data-field={name}>
        <span>{t(`offers.${name}`)}</span>
        {input(t(`offers.${name}`))}
        {fault && (
          <span className="needs small" role="alert">
            {t(fault.key, fault.values)}
          </span>
        )}
      </label>
    );
  };
  const text = (name: "code" | "en" | "zh", length: number) =>
    field(name, (label) => (
      <Input
        aria-label={label}
        value={draft[name]}
        maxLength={length}
        status={tried && wrong[name] ? "error" : ""}
        onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
      />
    ));
  const figure = (name: "saves" | "cost", step: number) =>
    field(name, (label) => (
      <InputNumber
        aria-label={label}
        step={step}
        value={draft[name]}
        status={tried && wrong[name] ? "error" : ""}
        onChange={(typed) => setDraft({ ...draft, [name]: typed })}
      />
    ));
  return (
    <fieldset className="growth-new offer-new">
      <legend>{t("offers.new")}</legend>
      {text("code", 40)}
      {text("en", 60)}
      {text("zh", 60)}
      {field("bond", (label) => (
        <Select
          aria-label={label}
          value={draft.bond}
          onChange={(bond) => setDraft({ ...draft, bond })}
          options={BONDS.map((each) => ({ value: each, label: t(`bond.${each}`) }))}
        />
      ))}
      {figure("saves", 0.01)}
      {figure("cost", 5)}
      <Button
        onClick={() => {
          if (Object.keys(wrong).length > 0) {
            setTried(true);
            return;
          }
          onAdd(draft);
          setDraft(NO_OFFER);
          setTried(false);
        }}
      >
        {t("offers.add")}
      </Button>
    </fieldset>
  );
}
