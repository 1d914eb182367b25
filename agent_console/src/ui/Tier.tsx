import { tierName } from "./names";
import { useText } from "./context";

const STARS: Record<string, number> = { lead: 1, iron: 2, gold: 3, platinum: 4 };

/** The value tier as reckoned: a word, and as many stars as it stands high. Nothing for who has none. */
export function Tier({ tier }: { tier: string | null | undefined }) {
  const { t } = useText();
  if (!tier) return null;
  return (
    <span className={`tier tier-${tier}`}>
      <span aria-hidden className="stars">
        {"★".repeat(STARS[tier] ?? 0)}
      </span>
      {tierName(tier, t)}
    </span>
  );
}
