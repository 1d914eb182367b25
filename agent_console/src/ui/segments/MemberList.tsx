/** The customers of a segment, who is worth most first; more come from the server a page at a time. */

import { Button, Empty, Spin } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { type Cut, loyalty } from "../../api/loyalty";
import type { Member } from "../../api/types";
import { count, money } from "../../format/figures";
import { word } from "../../state/relationship";
import { useAct, useLoaded, useText } from "../context";

export function MemberList({ cut }: { cut: Cut }) {
  const { t, language } = useText();
  const act = useAct();
  const first = useLoaded(`members ${JSON.stringify(cut)}`, () => loyalty.members(cut, null));
  const [more, setMore] = useState<{ members: Member[]; after: string | null } | null>(null);
  if (first.failed !== null) return <p className="needs">{first.failed}</p>;
  if (first.value === null) return <Spin />;
  const rows = [...first.value.members, ...(more?.members ?? [])];
  const after = more ? more.after : first.value.after;
  if (rows.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("segments.nobody")} />;
  const next = async () => {
    const page = await loyalty.members(cut, after);
    setMore({ members: [...(more?.members ?? []), ...page.members], after: page.after });
  };
  return (
    <>
      <p className="quiet">{t("segments.members", { count: count(first.value.total, language) })}</p>
      <div className="scroll" tabIndex={0} role="region" aria-label={t("customers.title")}>
        <table className="plain members">
          <thead>
            <tr>
              <th scope="col">{t("repairs.customer")}</th>
              <th scope="col">{t("segments.tier")}</th>
              <th scope="col">{t("segments.stage")}</th>
              <th scope="col">{t("segments.risk")}</th>
              <th scope="col">{t("segments.reaction")}</th>
              <th scope="col" className="number">
                {t("worth.clp")}
              </th>
              <th scope="col" className="number">
                {t("matrix.current")}
              </th>
              <th scope="col" className="number">
                {t("matrix.potential")}
              </th>
              <th scope="col" className="number">
                {t("figure.index")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((each) => (
              <Line key={each.id} member={each} />
            ))}
          </tbody>
        </table>
      </div>
      {after !== null && (
        <p className="timeline-end">
          <Button onClick={() => void act(next)}>{t("segments.more")}</Button>
        </p>
      )}
    </>
  );
}

function Line({ member }: { member: Member }) {
  const { t, language } = useText();
  return (
    <tr>
      <th scope="row">
        <Link to={`/customers/${member.id}`}>{member.name}</Link>
      </th>
      <td>
        {word("tier", member.tier, t)}
        {member.pending_tier && <span className="quiet"> → {word("tier", member.pending_tier, t)}</span>}
      </td>
      <td>{word("stage", member.stage, t)}</td>
      <td>{member.risks.map((risk) => word("risk", risk, t)).join(", ")}</td>
      <td>{member.reaction ? word("reaction", member.reaction, t) : ""}</td>
      <td className="number">{money(member.value, language)}</td>
      <td className="number">{money(member.current, language)}</td>
      <td className="number">{money(member.potential, language)}</td>
      <td className="number">{member.enough ? (member.index?.toFixed(1) ?? "–") : "–"}</td>
    </tr>
  );
}
