import type { CallPart } from "../../api/feed";
import { useText } from "../context";
import { useNames } from "../names";

/** For whoever is asked aside: by whom, and who hears what. */
export function AskedCard({ consult }: { consult: NonNullable<CallPart["consult"]> }) {
  const { t } = useText();
  const names = useNames();
  const name = names.agent(consult.by);
  return (
    <section className="consult asked" aria-label={t("asked.title", { name })}>
      <h3>{t("asked.title", { name })}</h3>
      <p role="status">{t(consult.state === "held" ? "asked.held" : "asked.talking", { name })}</p>
    </section>
  );
}
