import type { Decision } from "../api/feed";
import { duration } from "../format/figures";
import { named } from "../i18n";
import { useText } from "./context";

/** The router's reason as a sentence, and whom else it considered. */
export function WhyThisAgent({ decision, own }: { decision: Decision; own: string | null }) {
  const { t, language } = useText();
  return (
    <section className="why" aria-label={t("offer.why")}>
      <h3>{t("offer.why")}</h3>
      <p>{named(decision.sentence, language, decision.rule)}</p>
      {decision.candidates.length > 0 && (
        <table>
          <caption>{t("offer.candidates")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("offer.candidate")}</th>
              <th scope="col" className="number">
                {t("offer.level")}
              </th>
              <th scope="col" className="number">
                {t("offer.idle")}
              </th>
            </tr>
          </thead>
          <tbody>
            {decision.candidates.slice(0, 5).map((candidate) => (
              <tr key={candidate.agent} className={candidate.agent === own ? "own" : ""}>
                <td>{candidate.name}</td>
                <td className="number">{candidate.proficiency}</td>
                <td className="number">{duration(candidate.idle_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
