import { useEffect } from "react";
import type { OfferPart } from "../api/feed";
import { duration, phoneNumber } from "../format/figures";
import { ring } from "../phone/sounds";
import { useConsole, useText } from "./context";
import { callerName } from "./caller";
import { deskQueueName } from "./names";

/** Rings while an offer lives; tells the desktop too when the tab is hidden. */
export function useOfferAlert(offer: OfferPart | null): void {
  const { feed, phone } = useConsole();
  const { t, language } = useText();
  const id = offer?.offer ?? null;

  useEffect(() => {
    // Asked for ahead of the first call: while a call rings nobody reads permission questions.
    if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
  }, []);

  useEffect(() => {
    if (!offer) return;
    // One tab rings: the one with the sound.
    if (phone.current().phase === "elsewhere") return;
    const quiet = ring(Math.max(2, offer.deadline - feed.now_s()));
    let notice: Notification | null = null;
    if (document.visibilityState === "hidden" && "Notification" in window && Notification.permission === "granted") {
      const queue = deskQueueName(offer, language);
      const name = callerName(offer, t);
      const by = offer.asked_by?.name ?? t("offer.from.nobody");
      const fromLine = offer.purpose === "queue";
      const title = fromLine ? t("notify.title", { name }) : t(`offer.announce.${offer.purpose}`, { by, name, queue });
      const more = fromLine ? `${t("notify.body", { queue, wait: duration(offer.wait_s) })}\n` : "";
      notice = new Notification(title, {
        body: `${more}${phoneNumber(offer.from_number)}`,
        tag: offer.offer,
        requireInteraction: true,
      });
      notice.onclick = () => {
        window.focus();
        notice?.close();
      };
    }
    const title = document.title;
    document.title = `📞 ${callerName(offer, t)}`;
    return () => {
      quiet();
      notice?.close();
      document.title = title;
    };
    // One ring per offer, whatever else of its row changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id]);
}
