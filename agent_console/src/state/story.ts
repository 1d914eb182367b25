/** A contact's events as sentences. Pure; the names and the language come in. */

import type { ContactEvent, CtiEvent } from "../api/events";
import { duration, percent, phoneNumber } from "../format/figures";
import { isTextKey, type Translate } from "../i18n";

export interface Names {
  agent: (id: string) => string;
  queue: (id: string) => string;
  disposition: (code: string) => string;
}

/** A machine's name for a thing (`main_menu`) as people would write it. */
export function plainName(name: string): string {
  return name.replaceAll("_", " ");
}

function ruleName(rule: string, t: Translate): string {
  const key = `story.rule.${rule}`;
  return isTextKey(key) ? t(key) : plainName(rule);
}

export function resultText(outcome: string | null, t: Translate): string {
  if (outcome === null) return t("result.live");
  const key = `result.${outcome}`;
  return isTextKey(key) ? t(key) : outcome;
}

function identified(event: Extract<CtiEvent, { type: "CustomerIdentified" }>, t: Translate): string {
  if (event.matches > 1)
    return event.customer === null ? t("story.identifiedMany", { count: event.matches }) : t("story.chosen");
  return event.matches === 1 ? t("story.identifiedOne") : t("story.identifiedNone");
}

function arrived(event: Extract<CtiEvent, { type: "ContactArrived" }>, t: Translate): string {
  const numbers = { from: phoneNumber(event.from_number), to: phoneNumber(event.to_number) };
  if (event.direction === "outbound") return t("story.called", numbers);
  return event.trunk === "" ? t("story.arrived", numbers) : t("story.arrivedBy", { ...numbers, trunk: event.trunk });
}

export function sentenceOf(event: CtiEvent, names: Names, t: Translate): string {
  switch (event.type) {
    case "ContactArrived":
      return arrived(event, t);
    case "CustomerIdentified":
      return identified(event, t);
    case "FlowEntered":
      return t("story.flow", { flow: plainName(event.flow) });
    case "NodeVisited":
      return t("story.node", { node: plainName(event.node) });
    case "DigitsCollected":
      return t("story.digits", { node: plainName(event.node), digits: event.digits });
    case "Queued":
      return t(event.requeued ? "story.requeued" : "story.queued", {
        queue: names.queue(event.queue),
        position: event.position,
      });
    case "WaitTold":
      return t(event.longer ? "story.waitLonger" : "story.waitTold", {
        low: duration(event.low_s),
        high: duration(event.high_s),
        position: event.position,
      });
    case "OfferMade":
      return t("story.offered", {
        agent: names.agent(event.agent),
        wait: duration(event.decision.wait_s),
        count: event.decision.candidates.length,
        rule: ruleName(event.decision.rule, t),
      });
    case "Delivered":
      return t("story.rang", { agent: names.agent(event.agent) });
    case "OfferAccepted":
      return t("story.accepted", { agent: names.agent(event.agent) });
    case "OfferLapsed":
      return t(`story.lapsed.${event.reason}`, { agent: names.agent(event.agent) });
    case "Established":
      return t("story.established", { agent: names.agent(event.agent), wait: duration(event.wait_s) });
    case "Held":
      return t("story.held", { agent: names.agent(event.agent) });
    case "Retrieved":
      return t("story.retrieved", { agent: names.agent(event.agent) });
    case "RecordingStarted":
      return t("story.recordingStarted");
    case "RecordingPaused":
      return t(`story.recordingPaused.${event.by}`);
    case "RecordingResumed":
      return t("story.recordingResumed");
    case "RecordingStopped":
      return t("story.recordingStopped", { time: duration(event.seconds) });
    case "RecordingFailed":
      return t("story.recordingFailed", { why: event.why });
    case "ConnectionCleared": {
      const by = t(`story.by.${event.by}`);
      if (event.party === "caller") return t("story.clearedCaller", { by });
      if (event.party === "outside") return t("story.clearedOutside", { by, number: event.number });
      return t("story.clearedAgent", { by, agent: event.agent === null ? "" : names.agent(event.agent) });
    }
    case "Failed":
      return t("story.failed", { why: event.why });
    case "ContactEnded":
      return t("story.ended", { outcome: resultText(event.outcome, t) });
    case "AgentReserved":
      return t("story.reserved", { agent: names.agent(event.agent) });
    case "AgentBusy":
      return t("story.busy", { agent: names.agent(event.agent) });
    case "AgentWorkingAfterCall":
      return t("story.wrapUp", { agent: names.agent(event.agent) });
    case "WrapUpEnded":
      return t(`story.wrapUpEnded.${event.by}`, { agent: names.agent(event.agent), time: duration(event.wrap_up_s) });
    case "DispositionSet":
      return t("story.disposition", {
        agent: names.agent(event.agent),
        disposition: names.disposition(event.disposition),
      });
    case "NoteTaken":
      return t("story.note", { agent: names.agent(event.agent) });
    case "ConsultStarted":
      return t("story.consultStarted", { agent: names.agent(event.agent), target: targetName(event, names) });
    case "Consulted":
      return t("story.consulted", { target: partnerName(event, names) });
    case "ConsultEnded":
      return t("story.consultEnded", { agent: names.agent(event.agent) });
    case "Transferred":
      return t(`story.transferred.${event.way}`, {
        agent: names.agent(event.agent),
        target: targetName(event, names),
      });
    case "TransferFailed":
      return t("story.transferFailed", {
        why: plainName(event.why),
        target: event.back_to === "agent" ? names.agent(event.target) : names.queue(event.target),
      });
    case "Conferenced":
      return t("story.conferenced", { agent: names.agent(event.agent), target: partnerName(event, names) });
    case "OutsideJoined":
      return t("story.outsideJoined", { number: event.number });
    case "FlowTransferred":
      return t("story.flowTransferred", { target: targetName(event, names) });
    case "FlowTransferFailed":
      return t("story.flowTransferFailed", { why: plainName(event.why) });
    case "MessageLeft":
      return t("story.messageLeft", { queue: names.queue(event.queue), time: duration(event.seconds) });
    case "SurveyAnswered":
      return t(`story.survey.${event.measure}`, { score: event.score });
    case "FlowNoted":
      return t("story.flowNoted", { name: event.name });
    case "Muted":
      return t(event.on ? "story.muted" : "story.unmuted", { agent: names.agent(event.agent) });
    case "QualityMeasured":
      return t("story.quality", {
        who:
          event.party === "caller"
            ? t("story.quality.customer")
            : event.agent === null
              ? event.number
              : names.agent(event.agent),
        score: event.mos.toFixed(1),
        lost: percent(Math.max(event.lost_in, event.lost_out ?? 0)),
      });
    case "CallProgressed":
      return t(`story.stage.${event.stage}`, { agent: names.agent(event.agent) });
    case "CallFailed":
      return t(`story.notReached.${event.cause}`, { agent: names.agent(event.agent), code: event.code });
    case "CallbackRequested":
      return t(event.by === "" ? "story.cb.requested" : "story.cb.ordered", {
        by: event.by,
        queue: names.queue(event.queue),
        number: phoneNumber(event.number),
      });
    case "CallbackRepeated":
      return t("story.cb.repeated", { queue: names.queue(event.queue) });
    case "CallbackScheduled":
      return t(`story.cb.scheduled.${event.why}`, { queue: names.queue(event.queue) });
    case "CallbackAttempted":
      return t("story.cb.attempted", { number: phoneNumber(event.number), attempt: event.attempt });
    case "CallbackAnswered":
      return t("story.cb.answered", { queue: names.queue(event.queue) });
    case "CallbackJoined":
      return t("story.cb.joined", { queue: names.queue(event.queue) });
    case "CallbackMissed":
      return t(`story.cb.missed.${event.why}`);
    case "CallbackGivenUp":
      return t("story.cb.givenUp");
    case "CallbackExpired":
      return t("story.cb.expired");
    case "CallbackLate":
      return t("story.cb.late");
    case "CallbackCancelled":
      return t("story.cb.cancelled", { by: event.by });
    case "CallbackDone":
      return t("story.cb.done", { agent: names.agent(event.agent), wait: duration(event.wait_s) });
    case "Diverted":
      return event.to === ""
        ? t("story.diverted", { queue: names.queue(event.queue) })
        : t("story.sentOn", { queue: names.queue(event.queue), to: names.queue(event.to) });
    default:
      // No contact's event, or one newer than this console: its name is better than a hole in the story.
      return t("story.other", { type: (event satisfies Exclude<CtiEvent, ContactEvent>).type });
  }
}

function targetName(event: { to: "agent" | "queue" | "flow" | "number"; target: string }, names: Names): string {
  if (event.to === "agent") return names.agent(event.target);
  return event.to === "queue" ? names.queue(event.target) : event.target;
}

function partnerName(event: { with_agent: string | null; with_number: string }, names: Names): string {
  return event.with_agent === null ? event.with_number : names.agent(event.with_agent);
}

const LANDMARKS: ReadonlySet<CtiEvent["type"]> = new Set([
  "ContactArrived",
  "Queued",
  "OfferMade",
  "Established",
  "CallbackRequested",
  "CallbackAttempted",
  "CallbackDone",
  "Transferred",
  "ContactEnded",
]);
const TROUBLE: ReadonlySet<CtiEvent["type"]> = new Set([
  "OfferLapsed",
  "Failed",
  "RecordingFailed",
  "TransferFailed",
  "FlowTransferFailed",
  "CallbackMissed",
  "CallbackGivenUp",
  "CallbackExpired",
  "CallbackLate",
]);

/** How much an event weighs in the story: drawn larger, plain, or as trouble. */
export function weightOf(event: CtiEvent): "landmark" | "trouble" | "step" {
  if (TROUBLE.has(event.type)) return "trouble";
  return LANDMARKS.has(event.type) ? "landmark" : "step";
}
