/** Everything that happened with a customer, newest first; filtered and paged on the server. */

import { Button, Spin } from "antd";
import { useState } from "react";
import { loyalty } from "../../api/loyalty";
import type { Moment, MomentKind } from "../../api/types";
import { date, dateTime, duration, money } from "../../format/figures";
import type { Translate } from "../../i18n";
import { isOccasion, word } from "../../state/relationship";
import { resultText } from "../../state/story";
import { useLoaded, useText } from "../context";
import { useNames } from "../names";

const KINDS: readonly MomentKind[] = ["contact", "sale", "benefit", "case", "survey", "change", "note"];

export function Timeline({ customer, onOpen }: { customer: string; onOpen: (contact: string) => void }) {
  const { t } = useText();
  const [kind, setKind] = useState<MomentKind | null>(null);
  return (
    <section className="card" aria-label={t("timeline.title")}>
      <h2>{t("timeline.title")}</h2>
      <div className="chips" role="group" aria-label={t("timeline.filter")}>
        {[null, ...KINDS].map((each) => (
          <Button key={each ?? "all"} size="small" aria-pressed={each === kind} onClick={() => setKind(each)}>
            {t(`timeline.${each ?? "all"}`)}
          </Button>
        ))}
      </div>
      <Pages key={`${customer} ${kind ?? ""}`} customer={customer} kind={kind} onOpen={onOpen} />
    </section>
  );
}

interface Shown {
  customer: string;
  kind: MomentKind | null;
  onOpen: (contact: string) => void;
}

/** The pages read so far; each knows the place where the next one begins. */
function Pages({ customer, kind, onOpen }: Shown) {
  const { t } = useText();
  const [places, setPlaces] = useState<(string | null)[]>([null]);
  const [ends, setEnds] = useState<Record<number, { after: string | null; count: number }>>({});
  const end = ends[places.length - 1];
  const shown = Object.values(ends).reduce((sum, each) => sum + each.count, 0);
  return (
    <>
      <ol className="history">
        {places.map((after, number) => (
          <Page
            key={after ?? ""}
            customer={customer}
            kind={kind}
            onOpen={onOpen}
            after={after}
            onEnd={(told) => setEnds((known) => ({ ...known, [number]: told }))}
          />
        ))}
      </ol>
      {end && shown === 0 && <p className="quiet">{t("timeline.none")}</p>}
      {end && shown > 0 && (
        <p className="timeline-end quiet">
          {t("timeline.count", { count: shown })}
          {end.after === null ? (
            ` · ${t("timeline.end")}`
          ) : (
            <Button size="small" onClick={() => setPlaces([...places, end.after])}>
              {t("timeline.more")}
            </Button>
          )}
        </p>
      )}
    </>
  );
}

function Page({
  customer,
  kind,
  onOpen,
  after,
  onEnd,
}: Shown & { after: string | null; onEnd: (end: { after: string | null; count: number }) => void }) {
  const loaded = useLoaded(`timeline ${customer} ${kind ?? ""} ${after ?? ""}`, async () => {
    const page = await loyalty.timeline(customer, kind === null ? [] : [kind], after);
    onEnd({ after: page.after, count: page.moments.length });
    return page;
  });
  if (loaded.failed !== null) return <li className="needs">{loaded.failed}</li>;
  if (loaded.value === null)
    return (
      <li>
        <Spin size="small" />
      </li>
    );
  return loaded.value.moments.map((each) => <One key={`${each.kind} ${each.id}`} moment={each} onOpen={onOpen} />);
}

function One({ moment, onOpen }: { moment: Moment; onOpen: (contact: string) => void }) {
  const { t, language } = useText();
  const told = useTold(moment);
  const mark = moment.kind === "contact" ? `result-${moment.contact.outcome ?? "live"}` : "";
  return (
    <li className={`history-item moment-${moment.kind} ${mark}`} data-kind={moment.kind}>
      <div className="history-head">
        <time>{moment.kind === "sale" ? date(moment.at, language) : dateTime(moment.at, language)}</time>
        <span className="history-result">{told.title}</span>
        {told.more.map((each) => (
          <span key={each} className="quiet">
            {each}
          </span>
        ))}
        {moment.kind === "contact" && (
          <button
            type="button"
            className="link"
            aria-label={`${t("story.title")}: ${dateTime(moment.at, language)}`}
            onClick={() => onOpen(moment.id)}
          >
            {t("story.title")}
          </button>
        )}
      </div>
      {told.text && <p className="history-note">{told.text}</p>}
    </li>
  );
}

interface Told {
  title: string;
  more: string[];
  text?: string;
}

function useTold(moment: Moment): Told {
  const { t, language } = useText();
  const names = useNames();
  const amount = (value: number) => money(value, language);
  switch (moment.kind) {
    case "contact": {
      const { contact } = moment;
      const code = contact.disposition;
      return {
        title: code ? names.disposition(code) : resultText(contact.outcome, t),
        more: [
          code ? resultText(contact.outcome, t) : "",
          contact.queue === null ? "" : names.queue(contact.queue),
          duration(contact.talk_s),
          contact.agent_name ? t("history.with", { agent: contact.agent_name }) : t("history.noAgent"),
        ].filter(Boolean),
        text: contact.note,
      };
    }
    case "sale":
      return {
        title: `${word("sale", moment.what, t)} ${amount(moment.amount)} ${moment.currency}`.trim(),
        more: [t("timeline.profit", { amount: amount(moment.profit) })],
      };
    case "benefit":
      return { title: `${word("benefit", moment.what, t)} ${amount(moment.amount)}`, more: [t("place.benefits")] };
    case "case":
      return {
        title: t(isOccasion(moment.reaction) ? "timeline.callIntended" : "timeline.caseOpened", {
          reaction: word("reaction", moment.reaction, t),
        }),
        more: [
          t("timeline.owner", { owner: names.agent(moment.owner) }),
          moment.closed_at === null
            ? moment.overdue
              ? t("mark.breach")
              : t("timeline.caseOpen")
            : t("timeline.caseClosed", { outcome: outcomeText(moment.outcome, t) }),
        ],
      };
    case "survey":
      return {
        title: word("survey", moment.question, t),
        more: [t("timeline.answer", { answer: moment.answer, highest: moment.highest })],
      };
    case "change":
      return {
        title: t("timeline.changed", {
          what: t(`figure.${moment.what}`),
          before: word(moment.what, moment.before, t),
          after: word(moment.what, moment.after, t),
        }),
        more: [t("timeline.byPolicy", { version: moment.policy })],
      };
    case "note":
      return { title: t("timeline.by", { author: moment.author }), more: [], text: moment.text };
  }
}

/** The named result a case was closed with, and what was added in words. */
export function outcomeText(outcome: string, t: Translate): string {
  const [code = "", ...words] = outcome.split(": ");
  return [word("result", code, t), ...words].join(": ");
}
