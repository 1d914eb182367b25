/** A flow tried by keypad: the caller's side of a call on the server's virtual clock, with its sound. */

import { PhoneOutlined, SoundOutlined } from "@ant-design/icons";
import { Alert, Button, Segmented, Switch } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { type Drawing, type FlowDetail, flowApi, type Trial, type TrialAct, type TrialLine } from "../api/flows";
import { duration } from "../format/figures";
import { useConsole, useText } from "../ui/context";
import { FlowPicture } from "./FlowPicture";
import { walked } from "./picture";
import { type Arranged, Arrangement, firstArranged, orderOf } from "./Arrangement";
import { useRefusal } from "./useRefusal";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;

interface TryOutProps {
  flow: FlowDetail;
  drawing: Drawing | null;
  hasDraft: boolean;
  faulty: boolean;
  /** Saves what is written before it is tried. */
  ready: () => Promise<unknown>;
}

export function TryOut({ flow, drawing, hasDraft, faulty, ready }: TryOutProps) {
  const { t, language } = useText();
  const { user } = useConsole();
  const [trial, setTrial] = useState<Trial | null>(null);
  const [arranged, setArranged] = useState<Arranged>(() => firstArranged(flow.numbers[0] ?? ""));
  const [of, setOf] = useState<"draft" | "in_force">(hasDraft ? "draft" : "in_force");
  const [working, setWorking] = useState(false);
  const { refused, attempt } = useRefusal();
  const asked = hasDraft && (of === "draft" || flow.version === "") ? "draft" : "in_force";
  const picture = asked === "draft" ? drawing : flow.drawing;
  const lookups = (picture?.boxes ?? []).filter((box) => box.kind === "lookup").map((box) => box.node);
  const lit = useMemo(
    () => (trial ? { ...walked(trial.lines, flow.name), at: trial.flow === flow.name ? trial.node : "" } : undefined),
    [trial, flow.name],
  );

  const run = async (doing: () => Promise<Trial>) => {
    setWorking(true);
    await attempt(async () => setTrial(await doing()));
    setWorking(false);
  };
  const call = () =>
    run(async () => {
      if (asked === "draft" && user.roles.includes("administrator")) await ready();
      return flowApi.call(flow.name, orderOf(arranged, asked, lookups), language);
    });
  const act = (what: TrialAct, keys = "") => {
    if (trial && !working) void run(() => flowApi.act(trial.id, what, keys, language));
  };
  const running = trial !== null && !trial.over;

  return (
    <div className="trial">
      {!running && (
        <>
          {hasDraft && flow.version !== "" && (
            <Segmented
              value={of}
              onChange={setOf}
              options={[
                { value: "draft", label: t("flow.draft") },
                { value: "in_force", label: t("flow.inForce") },
              ]}
            />
          )}
          <Arrangement arranged={arranged} onChange={setArranged} asksOutside={lookups.length > 0} />
          {asked === "draft" && faulty && <Alert type="info" title={t("trial.faulty")} />}
          <Button
            type="primary"
            icon={<PhoneOutlined />}
            loading={working}
            disabled={asked === "draft" && faulty}
            onClick={() => void call()}
          >
            {t("trial.call")}
          </Button>
        </>
      )}
      {refused !== "" && (
        <p className="needs" role="alert">
          {refused}
        </p>
      )}
      {trial && (
        <div className="trial-running">
          <Phone trial={trial} running={running} onAct={act} />
          <Transcript trial={trial} />
        </div>
      )}
      {trial && picture && <FlowPicture drawing={picture} lit={lit} />}
      {trial && <Variables trial={trial} />}
    </div>
  );
}

function Phone({
  trial,
  running,
  onAct,
}: {
  trial: Trial;
  running: boolean;
  onAct: (act: TrialAct, keys?: string) => void;
}) {
  const { t } = useText();
  const [loud, setLoud] = useState(true);
  useSound(trial, loud);
  return (
    <div className="trial-phone">
      <div
        className="trial-keys"
        role="group"
        aria-label={t("trial.keypad")}
        onKeyDown={(event) => {
          if (running && /^[0-9*#]$/.test(event.key)) onAct("press", event.key);
        }}
      >
        {KEYS.map((key) => (
          <Button key={key} size="large" disabled={!running} onClick={() => onAct("press", key)}>
            {key}
          </Button>
        ))}
      </div>
      <Button block disabled={!running} onClick={() => onAct("listen")} data-testid="listen">
        {t("trial.listen")}
      </Button>
      {trial.phase === "connected" && (
        <Button block disabled={!running} onClick={() => onAct("agent_leaves")}>
          {t("trial.agentLeaves")}
        </Button>
      )}
      <Button block danger disabled={!running} onClick={() => onAct("hang_up")}>
        {t("trial.hangUp")}
      </Button>
      <label className="trial-sound">
        <Switch size="small" checked={loud} onChange={setLoud} aria-label={t("trial.sound")} />{" "}
        <SoundOutlined aria-hidden /> {t("trial.sound")}
      </label>
    </div>
  );
}

/** Plays what was said since the last act, one after the other; the next act cuts it short. */
function useSound(trial: Trial, loud: boolean): void {
  const heard = useRef({ id: "", lines: 0 });
  useEffect(() => {
    const from = heard.current.id === trial.id ? heard.current.lines : 0;
    heard.current = { id: trial.id, lines: trial.lines.length };
    const spoken = trial.lines.slice(from).filter((line) => line.what === "say");
    if (!loud || spoken.length === 0) return;
    const audio = new Audio();
    let at = 0;
    const next = () => {
      const line = spoken[at];
      at += 1;
      if (!line) return;
      audio.src = flowApi.sound(trial.id, line.number);
      audio.play().catch(() => undefined); // without leave to sound there is still the text
    };
    audio.addEventListener("ended", next);
    next();
    return () => {
      audio.removeEventListener("ended", next);
      audio.pause();
    };
  }, [trial, loud]);
}

function Transcript({ trial }: { trial: Trial }) {
  const { t } = useText();
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" }); // newer browsers return a promise, which is no clean-up
  }, [trial]);
  return (
    <ol className="trial-lines" aria-label={t("trial.transcript")} aria-live="polite" tabIndex={0}>
      {trial.lines.map((line) => (
        <Line key={line.number} line={line} />
      ))}
      <li ref={end} className="trial-phase">
        {t(`phase.${trial.phase}`)}
      </li>
    </ol>
  );
}

const ACTS: readonly string[] = ["start", "stop", "pause", "resume"];
const SENT = /^(agent|queue|flow|number) (.*)$/;
/** Lines whose text the server tells in the reader's language. */
const TOLD: readonly string[] = ["refused", "end", "failed"];

/** What a line says in the reader's language; undefined where the flow's own words are meant. */
function ours(line: TrialLine, t: ReturnType<typeof useText>["t"]): string | undefined {
  const sent = line.what === "sent" ? SENT.exec(line.text) : null;
  if (sent) return t(`trial.sent.${sent[1]}` as "trial.sent.agent", { name: sent[2] ?? "" });
  if (TOLD.includes(line.what)) return line.text;
  if (line.what === "silence") return t("trial.seconds", { count: line.text });
  if (line.what === "tape" && ACTS.includes(line.text)) return t(`trial.tape.${line.text}` as "trial.tape.start");
  return undefined;
}

function Line({ line }: { line: TrialLine }) {
  const { t } = useText();
  const words = line.said.map((part) => (part.kind === "beep" ? t("trial.beep") : part.text));
  const isSaid = line.what === "say" || line.what === "music";
  const told = ours(line, t);
  return (
    <li className={`trial-line trial-${line.what}`}>
      <time>{duration(line.at_s)}</time>
      <span className="trial-what">{t(`trial.what.${line.what}`)}</span>
      {isSaid ? (
        <span lang={line.said[0]?.language === "zh" ? "zh-CN" : "en"}>{words.join(" ")}</span>
      ) : (
        <span lang={told === undefined ? "en" : undefined}>{told ?? line.text}</span>
      )}
    </li>
  );
}

function Variables({ trial }: { trial: Trial }) {
  const { t } = useText();
  return (
    <details className="trial-variables">
      <summary>{t("trial.variables")}</summary>
      <dl className="facts">
        {Object.entries(trial.variables).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value === "" ? "–" : String(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
