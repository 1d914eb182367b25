/** The keys and what they do; an agent may choose other letters for himself. */

import { Button, Modal } from "antd";
import { useEffect, useState } from "react";
import { ownKeys } from "../keys/ownKeys";
import { type Choice, choose, codeOf, exchange, type LetterAct, LETTERS, written } from "../keys/shortcuts";
import { useText } from "./context";
import { useKeys, useLetters } from "./useShortcuts";

const IN_CALL: readonly LetterAct[] = [
  "accept",
  "reject",
  "mute",
  "hold",
  "keypad",
  "transfer",
  "swap",
  "conference",
  "recording",
  "end",
];
const AT_THE_DESK: readonly LetterAct[] = ["ready", "not_ready", "dial", "note", "done"];
const MODIFIERS = /^(?:Control|Shift|Alt|Meta)/;

interface Refused {
  act: LetterAct;
  code: string;
  choice: Exclude<Choice, { is: "changed" }>;
}

export function ShortcutList({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  const keys = useKeys();
  const [changing, setChanging] = useState<LetterAct | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);

  useEffect(() => {
    if (changing === null) return;
    // Before everybody else on the page: the letter is being chosen, not used.
    const press = (event: KeyboardEvent) => {
      if (MODIFIERS.test(event.code)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      setChanging(null);
      if (event.code === "Escape") return;
      const choice = choose(ownKeys.current(), changing, event.code);
      if (choice.is === "changed") ownKeys.choose(choice.keys);
      setRefused(choice.is === "changed" ? null : { choice, act: changing, code: event.code });
    };
    window.addEventListener("keydown", press, { capture: true });
    return () => window.removeEventListener("keydown", press, { capture: true });
  }, [changing]);

  function close(): void {
    setChanging(null);
    setRefused(null);
    onClose();
  }

  const table = (acts: readonly LetterAct[], more: React.ReactNode = null) => (
    <table className="plain keys">
      <tbody>
        {acts.map((act) => (
          <LetterLine
            key={act}
            act={act}
            changing={changing === act}
            onChange={() => {
              setRefused(null);
              setChanging(act);
            }}
          />
        ))}
        {more}
      </tbody>
    </table>
  );

  return (
    <Modal
      open={open}
      title={t("keys.title")}
      onCancel={close}
      keyboard={changing === null}
      footer={
        <>
          <Button
            disabled={Object.entries(LETTERS).every(([code, act]) => keys[code] === act)}
            onClick={() => {
              setRefused(null);
              ownKeys.reset();
            }}
          >
            {t("keys.reset")}
          </Button>
          <Button type="primary" onClick={close}>
            {t("keys.close")}
          </Button>
        </>
      }
      width={940}
    >
      <div className="keys-columns">
        {table(IN_CALL)}
        {table(
          AT_THE_DESK,
          <>
            <Line name={t("keys.outcome")} keys={["1", "–", "9"]} />
            <Line name={t("keys.shortcuts")} keys={["?"]} />
          </>,
        )}
      </div>
      <div role="alert" className="keys-refused">
        {refused !== null && <Why refused={refused} onDone={() => setRefused(null)} />}
      </div>
      <p className="quiet">{t("keys.own")}</p>
    </Modal>
  );
}

/** Why a letter was not taken, and what can be done about it. */
function Why({ refused, onDone }: { refused: Refused; onDone: () => void }) {
  const { t } = useText();
  const { act, code, choice } = refused;
  if (choice.is === "no letter") return <p className="needs">{t("keys.noLetter")}</p>;
  if (choice.is === "reserved") return <p className="needs">{t("keys.reserved", { keys: written(code) })}</p>;
  const { by } = choice;
  return (
    <p className="needs">
      {t("keys.taken", { keys: written(code), name: t(`keys.${by}`) })}{" "}
      <Button
        size="small"
        onClick={() => {
          ownKeys.choose(exchange(ownKeys.current(), act, by));
          onDone();
        }}
      >
        {t("keys.exchange")}
      </Button>
    </p>
  );
}

function LetterLine({ act, changing, onChange }: { act: LetterAct; changing: boolean; onChange: () => void }) {
  const { t } = useText();
  const letterOf = useLetters();
  const keys = useKeys();
  const name = t(`keys.${act}`);
  return (
    <tr data-act={act} data-key={codeOf(act, keys)}>
      <th scope="row">{name}</th>
      <td>
        {changing ? (
          <span role="status" className="keys-press">
            {t("keys.pressNow")}
          </span>
        ) : (
          letterOf(act)
            .split("+")
            .map((key) => <kbd key={key}>{key}</kbd>)
        )}
      </td>
      <td className="keys-change">
        <Button
          size="small"
          type="text"
          disabled={changing}
          aria-label={t("keys.changeOf", { name })}
          onClick={onChange}
        >
          {t("keys.change")}
        </Button>
      </td>
    </tr>
  );
}

function Line({ name, keys }: { name: string; keys: readonly string[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{keys.map((key) => (key === "–" ? key : <kbd key={key}>{key}</kbd>))}</td>
      <td />
    </tr>
  );
}
