import { Segmented } from "antd";
import type { Language } from "../api/types";
import { useText } from "./context";

export function LanguageSwitch() {
  const { t, language, choose } = useText();
  return (
    <Segmented<Language>
      aria-label={t("language")}
      value={language}
      onChange={choose}
      options={[
        { value: "en", label: t("english") },
        { value: "zh", label: t("chinese") },
      ]}
    />
  );
}
