/** The agent's desk: state on top, the call on the left, the customer on the right. */

import { useEffect, useRef, useState } from "react";
import { callView } from "../state/call";
import { contactOf, deskView } from "../state/desk";
import { client, useAct, useConsole, useFeed, useText } from "../ui/context";
import { CustomerPanel } from "../ui/CustomerPanel";
import { IdlePanel } from "../ui/IdlePanel";
import { MissedOffer } from "../ui/MissedOffer";
import { OfferCard } from "../ui/OfferCard";
import { PhoneAlert } from "../ui/phone/PhoneAlert";
import { PhoneTest } from "../ui/phone/PhoneTest";
import { useReady } from "../ui/phone/useReady";
import { ShortcutList } from "../ui/ShortcutList";
import { StateBar } from "../ui/StateBar";
import { useOfferAlert } from "../ui/useOfferAlert";
import { useShortcuts } from "../ui/useShortcuts";
import { WorkColumn } from "../ui/WorkColumn";

export function AgentDesk({ agent }: { agent: string }) {
  const { phone, check } = useConsole();
  const { feed } = useFeed();
  const { t } = useText();
  const act = useAct();
  const [reasonsOpen, setReasonsOpen] = useState(false);
  const [shortcutsOpen, setShortcutsOpen] = useState(false);
  const { own, part, missedOffer, afterwards, failed } = deskView(feed.rows, agent);
  const onDesk = contactOf(part);
  useOfferAlert(part.kind === "offer" ? part.offer : null);

  useEffect(() => {
    // Logging on twice is the same as once; a phone without a logged-on agent would be refused.
    void client.logOn().then(
      () => phone.start(),
      () => phone.start(),
    );
  }, [phone]);

  useEffect(() => {
    const open = () => setShortcutsOpen(true);
    window.addEventListener("console:shortcuts", open);
    return () => window.removeEventListener("console:shortcuts", open);
  }, []);

  const device = own?.device;
  const deviceBefore = useRef(device);
  useEffect(() => {
    if (deviceBefore.current === "up" && device === "down") phone.lostByServer();
    deviceBefore.current = device;
  }, [device, phone]);

  useEffect(() => {
    check.start();
    return () => check.stop();
  }, [check]);

  const inCall = part.kind === "call" && part.call.state !== "dialling";
  useEffect(() => {
    phone.setInCall(inCall);
    return () => phone.setInCall(false);
  }, [phone, inCall]);

  const ready = useReady(own?.device);

  useShortcuts({
    accept: () => part.kind === "offer" && void act(() => client.accept(part.offer.offer)),
    reject: () => part.kind === "offer" && void act(() => client.reject(part.offer.offer)),
    ready: ready.ask,
    not_ready: () => setReasonsOpen((open) => !open),
    shortcuts: () => setShortcutsOpen((open) => !open),
  });

  return (
    <div className="desk">
      <h1 className="hidden">{t("nav.console")}</h1>
      <StateBar
        own={own}
        afterwards={afterwards}
        asking={part.kind === "call" && callView(part.call).asking !== null}
        reasonsOpen={reasonsOpen}
        onReasonsOpen={setReasonsOpen}
        ready={ready}
      />
      {missedOffer && <MissedOffer onReady={ready.ask} />}
      <PhoneAlert device={own?.device} />
      <div className="desk-columns">
        <section className="desk-call" aria-label={t("call.title")}>
          {part.kind === "idle" && <IdlePanel own={own} agent={agent} failed={failed} />}
          {part.kind === "offer" && <OfferCard key={part.offer.offer} offer={part.offer} own={own} />}
          {(part.kind === "call" || part.kind === "wrap_up") && (
            <WorkColumn key={onDesk?.contact} part={part} failed={failed} agent={agent} />
          )}
        </section>
        <section className="desk-customer" aria-label={t("customer.title")}>
          <CustomerPanel
            key={onDesk?.contact ?? "none"}
            onDesk={onDesk}
            mayChoose={part.kind === "call" || part.kind === "wrap_up"}
          />
        </section>
      </div>
      {ready.testing && <PhoneTest thenReady={ready.waiting} onClose={ready.closeTest} />}
      <ShortcutList open={shortcutsOpen} onClose={() => setShortcutsOpen(false)} />
    </div>
  );
}
