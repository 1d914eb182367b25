/** Two versions of a flow side by side. */

import { useEffect, useRef } from "react";
import { useText } from "../ui/context";
import { makeComparison } from "./editing";
import { usePhrases } from "./phrases";

interface ComparisonProps {
  before: { name: string; text: string };
  after: { name: string; text: string };
}

export function Comparison({ before, after }: ComparisonProps) {
  const { t } = useText();
  const phrases = usePhrases();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!host.current || before.text === after.text) return;
    const words = (label: string) => ({ label, phrases });
    const made = makeComparison(host.current, before.text, after.text, [words(before.name), words(after.name)]);
    return () => made.destroy();
  }, [before.name, before.text, after.name, after.text, phrases]);
  if (before.text === after.text) return <p className="quiet flow-same">{t("flow.same")}</p>;
  return (
    <div className="flow-compared">
      <div className="flow-compared-heads" aria-hidden>
        <span>{before.name}</span>
        <span>{after.name}</span>
      </div>
      <div ref={host} className="flow-comparison" />
    </div>
  );
}
