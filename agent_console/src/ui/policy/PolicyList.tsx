/** A list of the policy, of growth actions or of offers: what is on it, each to be taken away and given back. */

import { Button } from "antd";
import type { ReactNode } from "react";
import type { Changes } from "../../api/loyalty";
import { type Listed, undone } from "../../state/policy";
import { useText } from "../context";

interface Props {
  title: string;
  why: string;
  items: readonly Listed[];
  nameOf: (name: string) => string;
  pathOf: (name: string) => string;
  /** What is wrong with one that is to be added. */
  faultsOf?: (name: string) => readonly string[];
  onChanges: (change: (known: Changes) => Changes) => void;
  children: ReactNode;
}

export function PolicyList({ title, why, items, nameOf, pathOf, faultsOf, onChanges, children }: Props) {
  const { t } = useText();
  return (
    <section className="policy-row" aria-label={title}>
      <div className="policy-words">
        <strong>{title}</strong>
        <p className="quiet small">{why}</p>
      </div>
      <div>
        <ul className="growth-actions">
          {items.map(({ name, added, gone }) => (
            <li key={name} data-item={name} className={added || gone ? "policy-changed" : ""}>
              <span className={gone ? "growth-gone" : ""}>{nameOf(name)}</span>
              {added && <span className="quiet small">{t("growth.added")}</span>}
              {gone && <span className="quiet small">{t("growth.gone")}</span>}
              <Button
                size="small"
                aria-label={`${t(added || gone ? "policy.undo" : "growth.remove")}: ${nameOf(name)}`}
                onClick={() =>
                  added || gone
                    ? onChanges((known) => undone(known, pathOf(name)))
                    : onChanges((known) => ({ ...undone(known, pathOf(name)), [pathOf(name)]: null }))
                }
              >
                {t(added || gone ? "policy.undo" : "growth.remove")}
              </Button>
              {faultsOf?.(name).map((each) => (
                <span key={each} className="needs small" role="alert">
                  {each}
                </span>
              ))}
            </li>
          ))}
        </ul>
        {children}
      </div>
    </section>
  );
}
