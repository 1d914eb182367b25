import { BellOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useText } from "./context";
import { useLetters } from "./useShortcuts";

export function MissedOffer({ onReady }: { onReady: () => void }) {
  const letterOf = useLetters();
  const { t } = useText();
  return (
    <div className="missed" role="alert">
      <BellOutlined className="missed-icon" />
      <div>
        <strong>{t("missed.title")}</strong>
        <p>{t("missed.text")}</p>
      </div>
      <Button size="large" onClick={onReady} title={letterOf("ready")}>
        {t("missed.ready")}
      </Button>
    </div>
  );
}
