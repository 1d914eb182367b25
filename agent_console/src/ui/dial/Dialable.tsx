import { PhoneOutlined } from "@ant-design/icons";
import { phoneNumber } from "../../format/figures";
import { dialable } from "../../state/dial";
import { useConsole, useText } from "../context";
import { askToDial } from "./call";

/** A telephone number; for an agent one that is called by a click. */
export function Dialable({ number, bare = false }: { number: string; bare?: boolean }) {
  const { user } = useConsole();
  const { t } = useText();
  const shown = phoneNumber(number);
  if (user.agent === null || dialable(number) === null) return bare ? null : <span>{shown}</span>;
  const label = t("dial.callNumber", { number: shown });
  return (
    <button type="button" className="link dialable" aria-label={label} title={label} onClick={() => askToDial(number)}>
      <PhoneOutlined aria-hidden /> {!bare && shown}
    </button>
  );
}
