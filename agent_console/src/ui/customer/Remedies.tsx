/** What was given to make good, what may still be given, and giving it: the cap in money, before anybody promises. */

import { Button, InputNumber, Input, Select } from "antd";
import { useState } from "react";
import { loyalty } from "../../api/loyalty";
import type { Language, Means, RemedyKind, RepairLine } from "../../api/types";
import { cents, dateTime, money, percent } from "../../format/figures";
import type { Translate } from "../../i18n";
import { useAct, useConsole, useText } from "../context";
import { oversees } from "../roles";
import { Offers } from "./Offers";

export const KINDS: readonly RemedyKind[] = ["credit", "fee_waived", "goods", "gesture"];

interface Props {
  repair: RepairLine;
  mayWork: boolean;
  onChanged: () => void;
}

export function Remedies({ repair, mayWork, onChanged }: Props) {
  const { t, language } = useText();
  return (
    <section className="remedies" aria-label={t("remedy.title")}>
      {repair.remedies.map((each) => (
        <p key={`${each.at} ${each.amount}`} className="remedy">
          <strong>{`${t(`remedy.${each.kind}`)} ${cents(each.amount, language)}`}</strong>{" "}
          <span className="quiet">
            {dateTime(each.at, language)}, {each.by}
          </span>
          {each.beyond && <span className="due-mark">{t("remedy.beyond", { cap: cents(each.cap, language) })}</span>}
          {each.note !== "" && <span className="quiet"> {each.note}</span>}
        </p>
      ))}
      {repair.means !== null && (
        <>
          <Offers offers={repair.means.offers} />
          <p className="remedy-cap">{capText(repair.means, t, language)}</p>
          {mayWork && <Giving repair={repair} means={repair.means} onChanged={onChanged} />}
        </>
      )}
    </section>
  );
}

/** What may still be given, and why so much. */
export function capText(means: Means, t: Translate, language: Language): string {
  const parts = [
    t("remedy.left", { left: cents(means.left, language), cap: cents(means.cap, language) }),
    means.share === null
      ? t("remedy.minimum")
      : t("remedy.share", { share: percent(means.share, 0), value: money(means.value, language) }),
  ];
  if (means.given > 0) parts.push(t("remedy.given", { given: cents(means.given, language), days: means.days }));
  if (means.worth !== null)
    parts.push(t("remedy.worth", { worth: cents(means.worth, language), saves: percent(means.saves, 0) }));
  return parts.join(" ");
}

function Giving({ repair, means, onChanged }: { repair: RepairLine; means: Means; onChanged: () => void }) {
  const { user } = useConsole();
  const { t, language } = useText();
  const act = useAct();
  const [kind, setKind] = useState<RemedyKind>("credit");
  const [amount, setAmount] = useState<number | null>(null);
  const [note, setNote] = useState("");
  const beyond = amount !== null && amount > means.left;
  const chief = oversees(user);
  const give = () =>
    void act(() => loyalty.give(repair.case, kind, amount ?? 0, note.trim())).then((worked) => {
      if (worked) {
        setAmount(null);
        setNote("");
      }
      onChanged();
    });
  return (
    <form
      className="remedy-form"
      onSubmit={(event) => {
        event.preventDefault();
        give();
      }}
    >
      <Select<RemedyKind>
        size="small"
        aria-label={t("remedy.kind")}
        value={kind}
        onChange={setKind}
        popupMatchSelectWidth={false}
        options={KINDS.map((each) => ({ value: each, label: t(`remedy.${each}`) }))}
      />
      <InputNumber<number>
        size="small"
        aria-label={t("remedy.amount")}
        placeholder={t("remedy.amount")}
        min={0.01}
        precision={2}
        value={amount}
        status={beyond ? "warning" : ""}
        onChange={setAmount}
      />
      <Input
        size="small"
        aria-label={t("remedy.note")}
        placeholder={t(beyond && chief ? "remedy.noteNeeded" : "remedy.note")}
        value={note}
        maxLength={400}
        onChange={(event) => setNote(event.target.value)}
      />
      <Button size="small" htmlType="submit" disabled={amount === null || (beyond && (!chief || note.trim() === ""))}>
        {t("remedy.give")}
      </Button>
      {beyond && (
        <span className="needs" role="status">
          {t(chief ? "remedy.chiefMay" : "remedy.askChief", { left: cents(means.left, language) })}
        </span>
      )}
    </form>
  );
}
