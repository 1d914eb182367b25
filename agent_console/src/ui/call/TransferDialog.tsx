/** Whom to send the customer to: typed to find, arrows to choose, Enter to ask first, Ctrl+Enter to send at once. */

import { Button, Input, Modal } from "antd";
import { useEffect, useRef, useState } from "react";
import type { CallPart } from "../../api/feed";
import { phoneNumber } from "../../format/figures";
import { type Choice, choicesFor, nextReady } from "../../state/transfer";
import { client, useAct, useFeed, useLoaded, useText } from "../context";
import { StateMark } from "../marks";

const idOf = (choice: Choice): string => `to-${choice.kind}-${choice.id}`;

export function TransferDialog({ call, onClose }: { call: CallPart; onClose: () => void }) {
  const { t, language } = useText();
  const act = useAct();
  const { feed } = useFeed();
  const targets = useLoaded("targets", () => client.targets());
  const [text, setText] = useState("");
  const [picked, setPicked] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const choices = choicesFor(targets.value ?? [], feed.rows.agents, text, language);
  const found = choices.findIndex((each) => idOf(each) === picked && each.ready);
  const at = found >= 0 ? found : nextReady(choices, -1, 1);
  const choice = choices[at] ?? null;

  function move(step: 1 | -1): void {
    const next = choices[nextReady(choices, at, step)];
    if (next) setPicked(idOf(next));
  }

  function send(how: "blind" | "attended"): void {
    if (!choice || busy || (how === "attended" && !choice.asks)) return;
    setBusy(true);
    void act(() => client.transfer(call.contact, choice, how), choice.kind).then((worked) => {
      setBusy(false);
      if (worked) onClose();
      else targets.reload();
    });
  }

  return (
    <Modal open title={t("transfer.title")} onCancel={onClose} width={560} footer={null} destroyOnHidden>
      <div className="transfer">
        <Input
          autoFocus
          size="large"
          role="combobox"
          aria-label={t("transfer.search")}
          aria-expanded
          aria-controls="transfer-list"
          aria-autocomplete="list"
          aria-activedescendant={choice ? idOf(choice) : undefined}
          placeholder={t("transfer.search")}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setPicked(null);
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
            else if (event.key === "Enter") send(event.ctrlKey || !choice?.asks ? "blind" : "attended");
            else return;
            event.preventDefault();
          }}
        />
        <div role="status" className="quiet">
          {targets.failed}
          {targets.loading && targets.value === null && t("transfer.loading")}
          {targets.value !== null && choices.length === 0 && t("transfer.nothing", { text })}
        </div>
        <ChoiceList choices={choices} at={at} onPick={(each) => setPicked(idOf(each))} />
        <p className="quiet small">{t(choice && !choice.asks ? "transfer.noAsking" : "transfer.keys")}</p>
        <div className="transfer-buttons">
          <Button onClick={onClose}>{t("transfer.close")}</Button>
          <Button
            type={choice && !choice.asks ? "primary" : "default"}
            disabled={!choice}
            loading={busy}
            onClick={() => send("blind")}
          >
            {t("transfer.send")}
          </Button>
          <Button type="primary" disabled={!choice?.asks} loading={busy} onClick={() => send("attended")}>
            {t("transfer.ask")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

interface ListProps {
  choices: readonly Choice[];
  at: number;
  onPick: (choice: Choice) => void;
}

function ChoiceList({ choices, at, onPick }: ListProps) {
  const { t } = useText();
  const list = useRef<HTMLDivElement>(null);
  const current = choices[at];
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [current?.kind, current?.id]);
  const kinds = [...new Set(choices.map((each) => each.kind))];
  return (
    <div ref={list} id="transfer-list" className="transfer-list" role="listbox" aria-label={t("transfer.list")}>
      {kinds.map((kind) => (
        <div role="group" key={kind} aria-label={t(`transfer.${kind}`)}>
          <div role="presentation" aria-hidden className="transfer-kind">
            {t(`transfer.${kind}`)}
          </div>
          {choices.map(
            (each, index) =>
              each.kind === kind && (
                <div
                  role="option"
                  key={each.id}
                  id={idOf(each)}
                  className="transfer-choice"
                  aria-selected={index === at}
                  aria-disabled={!each.ready}
                  onClick={() => each.ready && onPick(each)}
                >
                  <span>{each.kind === "number" ? phoneNumber(each.name) : each.name}</span>
                  {each.state !== null && (
                    <span className="transfer-state">
                      <StateMark state={each.state} size={13} /> {t(`state.${each.state}`)}
                    </span>
                  )}
                </div>
              ),
          )}
        </div>
      ))}
    </div>
  );
}
