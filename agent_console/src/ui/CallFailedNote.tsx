import type { CallFailed } from "../api/feed";
import { phoneNumber } from "../format/figures";
import { useText } from "./context";

/** Why the last call out reached nobody. */
export function CallFailedNote({ failed }: { failed: CallFailed }) {
  const { t } = useText();
  return (
    <p className="cause" role="status" data-cause={failed.cause}>
      <strong>
        {t("failed.title")}: {phoneNumber(failed.number)}
      </strong>{" "}
      {t(`failed.${failed.cause}`, { code: failed.code })}
    </p>
  );
}
