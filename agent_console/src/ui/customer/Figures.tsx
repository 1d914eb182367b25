/** What the theory says of a customer, each figure beside its why. */

import type { Portrait, Profile } from "../../api/types";
import { money, percent } from "../../format/figures";
import type { Translate } from "../../i18n";
import { word } from "../../state/relationship";
import { useText } from "../context";

type Figure = Portrait["why"][number]["of"];

/** Stage, tier, value, index, risks and next step: the word or number, and the sentence that explains it. */
export function Figures({ portrait }: { portrait: Portrait }) {
  const { t } = useText();
  const { profile } = portrait;
  if (portrait.refused) return <p className="theory-note">{t("theory.refused")}</p>;
  if (profile === null) return <p className="theory-note">{t("theory.none")}</p>;
  return (
    <dl className="figures">
      <One of="next_step" portrait={portrait} value={word("step", portrait.next_step, t)} strong />
      <One
        of="risk"
        portrait={portrait}
        value={profile.risks.length > 0 ? <Risks profile={profile} /> : t("theory.noRisk")}
      />
      <One of="stage" portrait={portrait} value={word("stage", profile.stage, t)} />
      <One of="tier" portrait={portrait} value={<TierNow profile={profile} />} />
      <One of="value" portrait={portrait} value={<Value profile={profile} />} />
      <One of="index" portrait={portrait} value={<Index profile={profile} />} />
      {profile.churn && <One of="churn" portrait={portrait} value={churnText(profile.churn, t)} />}
    </dl>
  );
}

function One({
  of,
  portrait,
  value,
  strong = false,
}: {
  of: Figure;
  portrait: Portrait;
  value: React.ReactNode;
  strong?: boolean;
}) {
  const { t, language } = useText();
  const why = portrait.why.filter((each) => each.of === of);
  return (
    <div className={strong ? "figure-one figure-first" : "figure-one"} data-figure={of}>
      <dt>{t(`figure.${of}`)}</dt>
      <dd>
        <strong>{value}</strong>
        {why.map((each) => (
          <p key={each.en} className="figure-why">
            {each[language]}
          </p>
        ))}
      </dd>
    </div>
  );
}

function Risks({ profile }: { profile: Profile }) {
  const { t } = useText();
  return (
    <span className="risks">
      {profile.risks.map((risk) => (
        <span key={risk} className="risk">
          <span aria-hidden>▲ </span>
          {word("risk", risk, t)}
        </span>
      ))}
    </span>
  );
}

function TierNow({ profile }: { profile: Profile }) {
  const { t } = useText();
  return (
    <>
      {word("tier", profile.tier, t)}
      {profile.pending_tier && (
        <span className="quiet"> ({t("theory.pending", { tier: word("tier", profile.pending_tier, t) })})</span>
      )}
    </>
  );
}

function Value({ profile }: { profile: Profile }) {
  const { language } = useText();
  return money(profile.value, language);
}

/** The chance that a contract ends within a year; what the policy takes for granted is called so. */
export function churnText(
  { chance, renewal }: Pick<NonNullable<Profile["churn"]>, "chance" | "renewal">,
  t: Translate,
) {
  const value = percent(chance, 0);
  return renewal == null ? t("theory.churnAssumed", { value }) : value;
}

function Index({ profile }: { profile: Profile }) {
  const { t } = useText();
  if (profile.index === null) return "–";
  const text = t("theory.ofHundred", { value: profile.index.toFixed(1) });
  return profile.enough ? text : `${text} (${t("theory.insufficient")})`;
}

/** Tier, stage and the sign of risk, as small as a headline allows. */
export function Standing({ profile }: { profile: Profile }) {
  const { t } = useText();
  return (
    <span className="standing">
      <span className={`standing-tier tier-mark-${profile.tier}`}>{word("tier", profile.tier, t)}</span>
      <span className={`standing-stage stage-${profile.stage}`}>{word("stage", profile.stage, t)}</span>
      {profile.risks.length > 0 && (
        <span className="risk">
          <span aria-hidden>▲ </span>
          {t("figure.risk")}
        </span>
      )}
    </span>
  );
}
