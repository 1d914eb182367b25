/** One interaction in full: its times, what was noted, and every event as a sentence. */

import { Drawer, Spin } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import type { InteractionStory } from "../api/types";
import { clockTime, dateTime, duration, phoneNumber } from "../format/figures";
import { resultText, sentenceOf, weightOf } from "../state/story";
import { whoCalled } from "./caller";
import { client, useLoaded, useText } from "./context";
import { useNames } from "./names";
import { Recordings } from "./RecordingPlayer";

export function StoryDrawer({ contact, onClose }: { contact: string | null; onClose: () => void }) {
  const { t } = useText();
  return (
    <Drawer open={contact !== null} onClose={onClose} size={620} title={t("story.title")} destroyOnHidden>
      {contact !== null && <Story key={contact} contact={contact} />}
    </Drawer>
  );
}

function Story({ contact }: { contact: string }) {
  const { t } = useText();
  const [shown, setShown] = useState(contact);
  const loaded = useLoaded(shown, () => client.story(shown));
  if (loaded.failed !== null) return <p className="needs">{loaded.failed}</p>;
  if (!loaded.value) return <Spin />;
  return (
    <>
      <Summary story={loaded.value} onOther={setShown} />
      {loaded.value.events.some(({ event }) => event.type === "RecordingStarted") && <Recordings contact={shown} />}
      <h3 className="story-title">{t("story.events")}</h3>
      <Events story={loaded.value} />
    </>
  );
}

function Summary({ story, onOther }: { story: InteractionStory; onOther: (contact: string) => void }) {
  const { t, language } = useText();
  const names = useNames();
  const facts: [string, React.ReactNode][] = [
    [t("interactions.started"), dateTime(story.started_at, language)],
    [t("interactions.outcome"), resultText(story.outcome, t)],
    [t("story.number"), phoneNumber(story.from_number)],
    [t("story.to"), phoneNumber(story.to_number)],
    [t("interactions.queue"), story.queue === null ? "–" : names.queue(story.queue)],
    [t("interactions.agent"), story.agent_name ?? "–"],
    [t("interactions.disposition"), story.disposition ? names.disposition(story.disposition) : "–"],
    [t("story.rona"), story.rona_count],
  ];
  const times: [string, string, number][] = [
    ["ivr", t("interactions.ivr"), story.ivr_s],
    ["wait", t("interactions.wait"), story.wait_s],
    ["talk", t("interactions.talk"), Math.max(0, story.talk_s)],
    ["hold", t("interactions.hold"), story.hold_s],
    ["wrap", t("interactions.wrapUp"), story.wrap_up_s],
  ];
  return (
    <>
      <h2 className="story-name">
        {story.customer ? (
          <Link to={`/customers/${story.customer}`}>{whoCalled(story)}</Link>
        ) : (
          phoneNumber(story.from_number)
        )}
      </h2>
      <dl className="facts record">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <ul className="times">
        {times.map(([id, label, seconds_s]) => (
          <li key={id} className={`time-${id}`}>
            <span>{label}</span>
            <strong>{duration(seconds_s)}</strong>
          </li>
        ))}
      </ul>
      {story.asked_in !== null && (
        <button type="button" className="link" onClick={() => onOther(story.asked_in ?? "")}>
          {t("story.asking")}
        </button>
      )}
      <p className={story.note ? "record-notes" : "quiet"}>{story.note === "" ? t("story.noNote") : story.note}</p>
    </>
  );
}

function Events({ story }: { story: InteractionStory }) {
  const { t, language } = useText();
  const names = useNames();
  return (
    <ol className="story" tabIndex={0} aria-label={t("story.events")}>
      {story.events.map(({ seq, at, event }) => (
        <li key={seq} className={`story-${weightOf(event)}`} data-event={event.type}>
          <time>{clockTime(at, language)}</time>
          <span>
            {sentenceOf(event, names, t)}
            {event.type === "OfferMade" && <small className="story-why">{story.reasons[seq]?.[language]}</small>}
          </span>
        </li>
      ))}
    </ol>
  );
}
