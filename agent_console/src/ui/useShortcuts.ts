import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { ownKeys } from "../keys/ownKeys";
import { type Act, actOf, codeOf, type Keys, type LetterAct, written } from "../keys/shortcuts";

type NamedAct = Extract<Act, string>;
export type Handlers = Partial<Record<NamedAct, () => unknown>> & { disposition?: (digit: number) => unknown };

export function typingIn(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // What lies behind a dialog is not meant.
  if (target.closest('[role="dialog"]') !== null) return true;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

/** Listens on the window for as long as the component is shown; several components may listen for different acts. */
export function useShortcuts(handlers: Handlers): void {
  const current = useRef(handlers);
  useEffect(() => {
    current.current = handlers;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const act = actOf(
        {
          code: event.code,
          key: event.key,
          ctrl: event.ctrlKey,
          shift: event.shiftKey,
          alt: event.altKey,
          meta: event.metaKey,
          repeat: event.repeat,
        },
        typingIn(event.target),
        ownKeys.current(),
      );
      if (act === null) return;
      const handler = typeof act === "string" ? current.current[act] : current.current.disposition;
      if (!handler) return;
      event.preventDefault();
      if (typeof act === "string") current.current[act]?.();
      else current.current.disposition?.(act.disposition);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

export function useKeys(): Keys {
  return useSyncExternalStore(ownKeys.subscribe, ownKeys.current);
}

/** The keys of an act as people write them, as the agent has chosen them. */
export function useLetters(): (act: LetterAct) => string {
  const keys = useKeys();
  return useCallback((act) => written(codeOf(act, keys)), [keys]);
}
