import { CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { client, useAct, useText } from "../context";
import { typingIn } from "../useShortcuts";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const LETTERS: Record<string, string> = {
  "2": "ABC",
  "3": "DEF",
  "4": "GHI",
  "5": "JKL",
  "6": "MNO",
  "7": "PQRS",
  "8": "TUV",
  "9": "WXYZ",
};

/** Telephone keys for whoever hears the agent now: by mouse, and by the keyboard while the field has the focus. */
export function Keypad({ contact, onClose }: { contact: string; onClose: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [sent, setSent] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const queue = useRef<Promise<unknown>>(Promise.resolve());
  useEffect(() => field.current?.focus(), []);

  // Ahead of the shortcuts: while the keypad is open, digits are keys and no outcomes, wherever the focus is.
  const pressed = useRef(press);
  useEffect(() => {
    pressed.current = press;
  });
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || !KEYS.includes(event.key)) return;
      if (event.target !== field.current && typingIn(event.target)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      pressed.current(event.key);
    };
    window.addEventListener("keydown", key, { capture: true });
    return () => window.removeEventListener("keydown", key, { capture: true });
  }, []);

  /** One after the other: keys must arrive in the order they were pressed. */
  function press(digits: string): void {
    for (const key of digits) {
      queue.current = queue.current.then(async () => {
        if (await act(() => client.press(contact, key))) setSent((before) => (before + key).slice(-32));
      });
    }
    field.current?.focus();
  }

  return (
    <section className="keypad" aria-label={t("keypad.title")}>
      <div className="keypad-head">
        <input
          ref={field}
          className="keypad-sent"
          aria-label={t("keypad.sent")}
          placeholder={t("keypad.none")}
          value={sent}
          inputMode="none"
          autoComplete="off"
          onChange={() => undefined}
          onPaste={(event) => {
            event.preventDefault();
            press(
              event.clipboardData
                .getData("text")
                .replace(/[^0-9*#]/g, "")
                .slice(0, 32),
            );
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") onClose();
          }}
        />
        <Button type="text" icon={<CloseOutlined />} aria-label={t("keypad.close")} onClick={onClose} />
      </div>
      <div className="keypad-keys">
        {KEYS.map((key) => (
          <button type="button" key={key} onClick={() => press(key)}>
            <strong>{key}</strong>
            <small>{LETTERS[key] ?? ""}</small>
          </button>
        ))}
      </div>
    </section>
  );
}
