/** Somebody is asked aside: who, how it stands, and the four ways on. */

import { Button } from "antd";
import { useState } from "react";
import type { CallPart } from "../../api/feed";
import { phoneNumber } from "../../format/figures";
import { unaskedOf } from "../../state/call";
import { client, useAct, useText } from "../context";
import { type AllNames, useNames } from "../names";
import { useLetters, useShortcuts } from "../useShortcuts";
import { Timer } from "./CallPanel";

type Consult = NonNullable<CallPart["consult"]>;

function askedName(consult: Pick<Consult, "to" | "target"> & Partial<Consult>, names: AllNames): string {
  if (consult.agent) return consult.agent.name;
  if (consult.to === "number") return phoneNumber(consult.target);
  return consult.to === "queue" ? names.queue(consult.target) : names.agent(consult.target);
}

/** Nobody is aside any more, and not because the agent wanted it so. */
export function UnaskedNote({ ended }: { ended: NonNullable<CallPart["consult_ended"]> }) {
  const { t } = useText();
  const names = useNames();
  const why = unaskedOf(ended.why);
  return (
    <p className="cause" role="alert">
      {t(`unasked.${why}`, { name: askedName(ended, names), code: ended.why })}
    </p>
  );
}

export function ConsultCard({ call, consult }: { call: CallPart; consult: Consult }) {
  const letterOf = useLetters();
  const { t } = useText();
  const names = useNames();
  const act = useAct();
  const [asked, setAsked] = useState<string | null>(null);
  const name = askedName(consult, names);
  const up = consult.state !== "ringing";
  const searching = consult.to === "queue" && consult.agent === null;

  function ask(what: "complete" | "swap" | "cancel" | "conference"): void {
    setAsked(what);
    void act(() => client.onConsult(call.contact, what), "consult").then(() => setAsked(null));
  }

  useShortcuts({
    swap: () => up && ask("swap"),
    conference: () => up && ask("conference"),
    done: () => ask("complete"),
    reject: () => ask("cancel"),
  });

  return (
    <section className={`consult consult-${consult.state}`} aria-label={t("consult.title")}>
      <div className="consult-head">
        <h3>{name}</h3>
        <Timer since={consult.since} label={t("consult.timer")} className="consult-timer" />
      </div>
      <p role="status">{t(searching ? "consult.searching" : `consult.${consult.state}`, { name })}</p>
      <div className="consult-buttons">
        {up && (
          <Button onClick={() => ask("swap")} loading={asked === "swap"} title={letterOf("swap")}>
            {t(consult.state === "talking" ? "consult.toCustomer" : "consult.toAside", { name })}
          </Button>
        )}
        {up && (
          <Button onClick={() => ask("conference")} loading={asked === "conference"} title={letterOf("conference")}>
            {t("consult.conference")}
          </Button>
        )}
        <Button
          type={up ? "primary" : "default"}
          onClick={() => ask("complete")}
          loading={asked === "complete"}
          title={letterOf("done")}
        >
          {t(up ? "consult.complete" : "consult.completeNow")}
        </Button>
        <Button onClick={() => ask("cancel")} loading={asked === "cancel"} title={letterOf("reject")}>
          {t("consult.cancel")}
        </Button>
      </div>
    </section>
  );
}
