/** Names for codes: tiers, reasons, languages, agents, queues, dispositions, in the reader's language. */

import { useMemo } from "react";
import type { Language } from "../api/types";
import { isTextKey, named, type Translate } from "../i18n";
import type { Names } from "../state/story";
import { useConsole, useText } from "./context";

function keyed(prefix: string, code: string, t: Translate): string {
  const key = `${prefix}.${code.toLowerCase()}`;
  return isTextKey(key) ? t(key) : code;
}

export const tierName = (tier: string, t: Translate): string => keyed("tier", tier, t);
export const languageName = (code: string, t: Translate): string => keyed("language", code, t);

/** A queue's name in the reader's language, from its row or its catalogue entry. */
export function queueName(queue: { name: string; name_zh: string }, language: Language): string {
  return named({ en: queue.name, zh: queue.name_zh }, language, "");
}

/** The queue of what lies on the desk. */
export function deskQueueName(part: { queue_name: string; queue_name_zh: string }, language: Language): string {
  return queueName({ name: part.queue_name, name_zh: part.queue_name_zh }, language);
}

export interface AllNames extends Names {
  reason: (code: string) => string;
}

export function useNames(): AllNames {
  const { catalogue } = useConsole();
  const { t, language } = useText();
  return useMemo(() => {
    const outcomes = new Map(
      (catalogue?.queues ?? []).flatMap((queue) => queue.dispositions.map((each) => [each.code, each.name] as const)),
    );
    return {
      agent: (id) => catalogue?.agents.find((each) => each.id === id)?.name ?? id,
      queue: (id) => {
        const found = catalogue?.queues.find((each) => each.id === id);
        return found ? queueName(found, language) : id;
      },
      disposition: (code) => {
        const outcome = outcomes.get(code);
        return outcome ? named(outcome, language, code) : keyed("because", code, t);
      },
      reason: (code) => {
        if (code === "ready") return t("state.ready");
        const configured = catalogue?.not_ready_reasons.find((each) => each.code === code);
        return configured ? named(configured.name, language, code) : keyed("reason", code, t);
      },
    };
  }, [catalogue, language, t]);
}
