import { tierName } from "./names";
import { useText } from "./context";

const STARS: Record<string, number> = { bronze: 1, silver: 2, gold: 3, platinum: 4, vip: 4 };

/** Loyalty tier: a word and, for those above standard, stars. */
export function Tier({ tier }: { tier: string | null | undefined }) {
  const { t } = useText();
  if (!tier) return null;
  const stars = STARS[tier.toLowerCase()] ?? 0;
  return (
    <span className={`tier tier-${stars > 0 ? tier.toLowerCase() : "standard"}`}>
      {stars > 0 && (
        <span aria-hidden className="stars">
          {"★".repeat(stars)}
        </span>
      )}
      {tierName(tier, t)}
    </span>
  );
}
