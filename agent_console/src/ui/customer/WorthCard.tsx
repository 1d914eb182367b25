/** What a customer is worth: by which method, in which interval, resting on what. */

import { useMemo } from "react";
import type { Ceiling, Estimate, Profile, Worth } from "../../api/types";
import { Chart } from "../../charts/Chart";
import { money, percent } from "../../format/figures";
import { type TextKey, type Translate } from "../../i18n";
import type { Language } from "../../api/types";
import { word, worthDrawing, worthTable } from "../../state/relationship";
import { useText } from "../context";

const SHARES = new Set(["margin", "kept", "rate"]);
const MONEY = new Set(["per_purchase", "mean_profit"]);

export function WorthCard({ worth, profile }: { worth: Worth; profile: Profile }) {
  const { t } = useText();
  const known = profile.basis === "transactions";
  return (
    <section className="card" aria-label={t("worth.title")}>
      <h2>{t("worth.title")}</h2>
      {known ? (
        <>
          <Three worth={worth} profile={profile} />
          <Methods worth={worth} profile={profile} />
          <Actions worth={worth} />
        </>
      ) : (
        <p className="theory-note">{t("worth.noMoney")}</p>
      )}
    </section>
  );
}

function Three({ worth, profile }: { worth: Worth; profile: Profile }) {
  const { t, language } = useText();
  const blend = profile.method === "purchase_model" ? worth.own_weight : null;
  const three = [
    {
      name: t("worth.clp"),
      value: profile.value,
      hint: [
        profile.p10 !== null && profile.p90 !== null
          ? `${t("worth.interval")} ${money(profile.p10, language)} – ${money(profile.p90, language)}`
          : `${t("worth.interval")}: ${t(profile.rests_on.cap == null ? "worth.noInterval" : "worth.noneAtCap")}`,
        capText(ceilingOf(profile), t, language),
        blend === null ? "" : t("worth.blend", { own: percent(blend, 0), group: percent(1 - blend, 0) }),
      ]
        .filter(Boolean)
        .join(" · "),
    },
    { name: t("worth.ccv"), value: profile.current, hint: t("worth.ccvHint") },
    { name: t("worth.cpv"), value: profile.potential, hint: t("worth.cpvHint") },
  ];
  return (
    <dl className="three">
      {three.map((each) => (
        <div key={each.name}>
          <dt>{each.name}</dt>
          <dd>
            <strong>{money(each.value, language)}</strong>
            <p className="quiet small">{each.hint}</p>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Methods({ worth, profile }: { worth: Worth; profile: Profile }) {
  const { t, language } = useText();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t("worth.title")}>
      <table className="plain methods">
        <thead>
          <tr>
            <th scope="col">{t("worth.method")}</th>
            <th scope="col" className="number">
              {t("worth.value")}
            </th>
            <th scope="col" className="number">
              {t("worth.interval")}
            </th>
            <th scope="col">{t("worth.rests")}</th>
          </tr>
        </thead>
        <tbody>
          {worth.estimates.map((each) => (
            <tr key={each.method} className={each.missing ? "quiet" : ""} data-method={each.method}>
              <th scope="row">
                {word("method", each.method, t)}
                {each.curve && ` (${word("curveName", each.curve, t)})`}
                {each.method === profile.method && <span className="counts">{t("worth.counts")}</span>}
              </th>
              <td className="number">{money(each.value, language)}</td>
              <td className="number">
                {each.p10 === null || each.p90 === null
                  ? each.ceiling?.alone
                    ? t("worth.noneAtCap")
                    : "–"
                  : `${money(each.p10, language)} – ${money(each.p90, language)}`}
              </td>
              <td>
                {each.missing
                  ? word("missing", each.missing, t)
                  : [grounds(each, t, language), capText(each.ceiling, t, language)].filter(Boolean).join(" · ")}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The cap on curves of the value that counts, where it held his down. */
function ceilingOf({ rests_on: { cap, held, tried } }: Profile) {
  return cap == null || held == null || tried == null ? null : { level: cap, held, tried };
}

/** Where the cap on fitted curves held one down: its height, where it comes from, and how often. */
export function capText(
  ceiling: Pick<Ceiling, "level" | "held" | "tried"> | null,
  t: Translate,
  language: Language,
): string {
  if (ceiling === null) return "";
  return t("worth.cap", { level: money(ceiling.level, language), held: ceiling.held, tried: ceiling.tried });
}

function grounds(estimate: Estimate, t: Translate, language: Language): string {
  return estimate.rests_on
    .map(({ name, value }) => {
      const text = SHARES.has(name)
        ? percent(value)
        : MONEY.has(name)
          ? money(value, language)
          : String(Math.round(value * 1000) / 1000);
      return t(`ground.${name}` as TextKey, { value: text });
    })
    .join(" · ");
}

export function WorthChart({ worth, profile }: { worth: Worth; profile: Profile }) {
  const { t, language } = useText();
  const drawing = useMemo(() => worthDrawing(worth.estimates, { t, language }), [worth, t, language]);
  const table = useMemo(() => worthTable(worth.estimates, { t, language }), [worth, t, language]);
  return (
    <Chart
      title={t("worth.chart")}
      summary={t("worth.summary")}
      drawing={drawing}
      table={table}
      file={`value-${profile.customer}`}
      height={240}
    />
  );
}

function Actions({ worth }: { worth: Worth }) {
  const { t, language } = useText();
  return (
    <>
      <h3 className="under">{t("worth.actions")}</h3>
      {!worth.may_market && <p className="quiet">{t("worth.noConsent")}</p>}
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{t("worth.action")}</th>
            {(["probability", "gain", "cost", "net"] as const).map((name) => (
              <th key={name} scope="col" className="number">
                {t(`worth.${name}`)}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {worth.actions.map((each) => (
            <tr key={each.name}>
              <th scope="row">{word("action", each.name, t)}</th>
              <td className="number">{percent(each.probability, 0)}</td>
              <td className="number">{money(each.gain, language)}</td>
              <td className="number">{money(each.cost, language)}</td>
              <td className="number">{money(each.net, language)}</td>
              <td>{each.counted ? t("worth.counted") : worth.may_market ? t("worth.notCounted") : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
