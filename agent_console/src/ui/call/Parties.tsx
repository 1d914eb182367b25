import type { Party } from "../../api/feed";
import { phoneNumber } from "../../format/figures";
import { partyId } from "../../state/call";
import { useText } from "../context";

/** Everybody in the call, and what each one hears. */
export function Parties({ parties, agent }: { parties: readonly Party[]; agent: string }) {
  const { t } = useText();
  return (
    <section className="parties" aria-label={t("party.title")}>
      <h3>{t("party.title")}</h3>
      <ul>
        {parties.map((party) => (
          <li key={partyId(party)} data-party={party.agent ?? party.role}>
            <span>
              <strong>
                {party.agent === agent
                  ? t("party.you")
                  : party.name || (party.role === "customer" ? t("party.customer") : phoneNumber(party.number))}
              </strong>{" "}
              {party.agent !== agent && party.role !== "customer" && (
                <span className="quiet">{t(`party.${party.role}`)}</span>
              )}
            </span>
            <span className={`party-state party-${party.state}`}>{t(`party.${party.state}`)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
