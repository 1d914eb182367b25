import { Alert, Button } from "antd";
import type { PhonePhase } from "../../phone/softphone";
import { isOtherDevice } from "../../state/deviceTest";
import { useConsole, usePhone, useText } from "../context";

const SPOKEN = new Set<PhonePhase>(["denied", "missing", "lost", "elsewhere", "insecure", "failed"]);
type Spoken = "denied" | "missing" | "lost" | "elsewhere" | "insecure" | "failed";

/** Says in words, with the way out beside them, why no call can reach this agent. */
export function PhoneAlert({ device }: { device: "up" | "down" | undefined }) {
  const { phone } = useConsole();
  const { phase, soundBlocked } = usePhone();
  const { t } = useText();
  if (soundBlocked) {
    return (
      <Alert
        type="warning"
        showIcon
        title={t("phone.soundHint")}
        action={<Button onClick={() => void phone.enableSound()}>{t("phone.enableSound")}</Button>}
      />
    );
  }
  if (!SPOKEN.has(phase)) return null;
  // Calls come to a desk phone: a browser without a microphone keeps nobody waiting.
  if (phase !== "elsewhere" && isOtherDevice(device, phase)) return null;
  const spoken = phase as Spoken;
  const action =
    spoken === "elsewhere" ? (
      <Button onClick={() => phone.takeOver()}>{t("phone.here")}</Button>
    ) : spoken === "insecure" ? undefined : (
      <Button onClick={() => void phone.reconnect()}>{t("phone.reconnect")}</Button>
    );
  return (
    <Alert
      type={spoken === "elsewhere" ? "warning" : "error"}
      showIcon
      role="alert"
      title={t(`phone.${spoken}`)}
      description={t(`phone.${spoken}Hint`)}
      action={action}
    />
  );
}
