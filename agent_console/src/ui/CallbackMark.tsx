/** Says that the call fulfils a callback, and since when the customer has his place. */

import { RollbackOutlined } from "@ant-design/icons";
import type { OfferPart } from "../api/feed";
import { duration } from "../format/figures";
import { useNow, useText } from "./context";

export function CallbackMark({ callback }: { callback: OfferPart["callback"] }) {
  const { t } = useText();
  const now_s = useNow();
  if (callback === null) return null;
  const wait = duration(now_s - callback.since);
  return (
    <p className="callback-mark">
      <RollbackOutlined aria-hidden />{" "}
      {callback.attempt > 0
        ? t("callback.attempt", { attempt: callback.attempt, wait })
        : t("callback.joined", { wait })}
    </p>
  );
}
