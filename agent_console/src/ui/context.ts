/** What every screen can reach: session, language, feed, phone. */

import { createContext, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { App } from "antd";
import { client, Problem } from "../api/client";
import { type Asked, refusal } from "../api/refusals";
import type { Catalogue, Language, User } from "../api/types";
import { type Translate, translator } from "../i18n";
import type { DeviceCheck } from "../phone/deviceCheck";
import type { Softphone } from "../phone/softphone";
import { staleSince } from "../state/feed";
import type { FeedConnection } from "../state/feedConnection";

export interface ConsoleContext {
  user: User;
  feed: FeedConnection;
  phone: Softphone;
  check: DeviceCheck;
  catalogue: Catalogue | null;
  logOut: () => Promise<void>;
}

export const ConsoleScope = createContext<ConsoleContext | null>(null);

export interface LanguageChoice {
  language: Language;
  choose: (language: Language) => void;
}

export const LanguageScope = createContext<LanguageChoice>({ language: "en", choose: () => undefined });

export function useConsole(): ConsoleContext {
  const found = useContext(ConsoleScope);
  if (!found) throw new Error("used outside a session");
  return found;
}

export function useText(): { t: Translate; language: Language; choose: (language: Language) => void } {
  const { language, choose } = useContext(LanguageScope);
  const t = useMemo(() => translator(language), [language]);
  return { t, language, choose };
}

export function useFeed() {
  const { feed } = useConsole();
  return useSyncExternalStore(feed.subscribe, feed.current);
}

export function usePhone() {
  const { phone } = useConsole();
  return useSyncExternalStore(phone.subscribe, phone.current);
}

/** How the test of the agent's phone stands. */
export function useDeviceTest() {
  const { check } = useConsole();
  return useSyncExternalStore(check.subscribe, check.current);
}

/** The server's clock, renewed every second for the timers on screen (and with each message). */
export function useNow(): number {
  const { feed } = useConsole();
  useFeed();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => tick((count) => count + 1), 500);
    return () => window.clearInterval(timer);
  }, []);
  return feed.now_s();
}

/** Since when the data is stale, or null. */
export function useStale(): number | null {
  const { feed } = useConsole();
  const { feed: state } = useFeed();
  useNow();
  return staleSince(state, feed.silence_s());
}

export function problemText(error: unknown, t: Translate, asked: Asked | null = null): string {
  if (!(error instanceof Problem)) throw error;
  const refused = error.status === 409 ? refusal(error.kind, asked) : null;
  if (refused !== null) return t(refused);
  switch (error.status) {
    case 0:
      return t("error.unreachable");
    case 403:
      return t("error.forbidden");
    case 404:
      return t("error.notFound");
    case 409:
      return t("error.conflict", { detail: error.detail });
    case 413:
      return t("error.tooLarge");
    default:
      return t("error.server", { status: error.status, detail: error.detail });
  }
}

/** Runs an act; a failure is said aloud, never swallowed. Tells whether it worked. */
export type Acting = (act: () => Promise<unknown>, asked?: Asked | null) => Promise<boolean>;

export function useAct(): Acting {
  const { message } = App.useApp();
  const { t } = useText();
  return useCallback(
    async (act, asked = null) => {
      try {
        await act();
        return true;
      } catch (error) {
        void message.error({ content: problemText(error, t, asked), duration: 6 });
        return false;
      }
    },
    [message, t],
  );
}

export { client };

export interface Loaded<T> {
  value: T | null;
  failed: string | null;
  loading: boolean;
  reload: () => void;
}

/** Loads when `key` changes; an answer that comes too late for its key is dropped. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const { t } = useText();
  const [turn, setTurn] = useState(0);
  const [done, setDone] = useState<{ key: string; value: T | null; failed: string | null } | null>(null);
  const whole = `${key}#${turn}`;
  useEffect(() => {
    let current = true;
    load().then(
      (value) => current && setDone({ key: whole, value, failed: null }),
      (error: unknown) => current && setDone({ key: whole, value: null, failed: problemText(error, t) }),
    );
    return () => {
      current = false;
    };
    // `load` is a new closure at every render; `key` says when it would load something else.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [whole]);
  const settled = done?.key === whole;
  const same = done?.key.startsWith(`${key}#`) ?? false;
  return {
    value: same ? (done?.value ?? null) : null,
    failed: settled ? done.failed : null,
    loading: !settled,
    reload: () => setTurn((count) => count + 1),
  };
}
