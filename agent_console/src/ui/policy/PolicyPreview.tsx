/** Who would move under the changed policy: reckoned beside the centre's work, shown as it comes. */

import { Button, Progress } from "antd";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { type Changes, loyalty } from "../../api/loyalty";
import type { PreviewState } from "../../api/types";
import { count, money } from "../../format/figures";
import { word } from "../../state/relationship";
import { useAct, useText } from "../context";

const ASK_EVERY_MS = 700;

type Ready = NonNullable<PreviewState["preview"]>;

export function PolicyPreview({ version, changes, sound }: { version: number; changes: Changes; sound: boolean }) {
  const { t, language } = useText();
  const act = useAct();
  const [begun, setBegun] = useState<{ state: PreviewState; of: string } | null>(null);
  const now = JSON.stringify(changes);
  const running = begun?.state.state === "running";
  const id = begun?.state.id;
  useEffect(() => {
    if (!running || id === undefined) return;
    const timer = window.setInterval(() => {
      void act(async () => {
        const state = await loyalty.previewed(id);
        setBegun((known) => (known?.state.id === id ? { ...known, state } : known));
      });
    }, ASK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [running, id, act]);
  const state = begun?.state ?? null;
  return (
    <section className="policy-preview" aria-label={t("policy.preview")} aria-busy={running}>
      <Button
        type="primary"
        ghost
        disabled={!sound || Object.keys(changes).length === 0}
        loading={running}
        onClick={() => void act(async () => setBegun({ state: await loyalty.preview(version, changes), of: now }))}
      >
        {t("policy.preview")}
      </Button>
      {begun && begun.of !== now && <p className="needs">{t("policy.previewAgain")}</p>}
      {state && running && (
        <div role="status">
          <Progress
            aria-label={t("policy.preview")}
            percent={state.of > 0 ? Math.floor((100 * state.done) / state.of) : 0}
          />
          <p className="quiet">
            {state.of > 0
              ? t("policy.previewing", { done: count(state.done, language), of: count(state.of, language) })
              : t("policy.previewBegun")}
          </p>
        </div>
      )}
      {state && (state.state === "failed" || state.state === "stopped") && (
        <p className="needs" role="alert">
          {t("policy.previewFailed")}
        </p>
      )}
      {state?.preview && <Found preview={state.preview} />}
    </section>
  );
}

function Found({ preview }: { preview: Ready }) {
  const { t, language } = useText();
  const [before = 0, after = 0] = preview.equity;
  return (
    <div className="preview-found">
      <p role="status">
        <strong>
          {t("policy.movers", {
            movers: count(preview.movers, language),
            customers: count(preview.customers, language),
          })}
        </strong>
        <br />
        {t("policy.equity", { before: money(before, language), after: money(after, language) })}
      </p>
      <p className="quiet small">{t("policy.settled")}</p>
      {(["tier", "stage", "risk"] as const).map((of) => (
        <Counts key={of} of={of} preview={preview} />
      ))}
      {preview.sample.length > 0 && <Sample preview={preview} />}
    </div>
  );
}

const name = { tier: "tier", stage: "stage", risk: "policy" } as const;

/** How many there are of each before and after: sums of the server's table of moves. */
function Counts({ of, preview }: { of: "tier" | "stage" | "risk"; preview: Ready }) {
  const { t, language } = useText();
  const moves = preview.moves.filter((each) => each.of === of);
  const codes = [...new Set(moves.flatMap((each) => [each.before, each.after]))];
  const sum = (side: "before" | "after", code: string) =>
    moves.filter((each) => each[side] === code).reduce((total, each) => total + each.customers, 0);
  return (
    <table className="plain counts-table">
      <thead>
        <tr>
          <th scope="col">{t(`policy.of.${of}`)}</th>
          <th scope="col" className="number">
            {t("policy.count")}
          </th>
          <th scope="col" className="number">
            {t("policy.countAfter")}
          </th>
        </tr>
      </thead>
      <tbody>
        {codes.map((code) => (
          <tr key={code} className={sum("before", code) === sum("after", code) ? "" : "strong"}>
            <th scope="row">{word(name[of], code, t)}</th>
            <td className="number">{count(sum("before", code), language)}</td>
            <td className="number">{count(sum("after", code), language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sample({ preview }: { preview: Ready }) {
  const { t, language } = useText();
  const pair = (prefix: string, [before = "", after = ""]: readonly string[]) =>
    before === after ? word(prefix, before, t) : `${word(prefix, before, t)} → ${word(prefix, after, t)}`;
  const risk = (is: boolean | undefined) => (is ? "at_risk" : "calm");
  return (
    <>
      <h3 className="under">{t("policy.sample")}</h3>
      <table className="plain">
        <tbody>
          {preview.sample.map((each) => (
            <tr key={each.customer}>
              <th scope="row">
                <Link to={`/customers/${each.customer}`} target="_blank">
                  {each.name}
                </Link>
              </th>
              <td>{pair("tier", each.tiers)}</td>
              <td>{pair("stage", each.stages)}</td>
              <td>{pair("policy", each.at_risk.map(risk))}</td>
              <td className="number">{money(each.value, language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
