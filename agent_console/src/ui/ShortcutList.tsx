import { Button, Modal } from "antd";
import { type LETTERS, letterOf } from "../keys/shortcuts";
import { useText } from "./context";

type Lettered = (typeof LETTERS)[keyof typeof LETTERS];
const IN_CALL: readonly Lettered[] = [
  "accept",
  "reject",
  "mute",
  "hold",
  "keypad",
  "transfer",
  "swap",
  "conference",
  "recording",
  "end",
];
const AT_THE_DESK: readonly Lettered[] = ["ready", "not_ready", "dial", "note", "done"];

export function ShortcutList({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  return (
    <Modal
      open={open}
      title={t("keys.title")}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{t("keys.close")}</Button>}
      width={880}
    >
      <div className="keys-columns">
        <table className="plain keys">
          <tbody>
            {IN_CALL.map((act) => (
              <Line key={act} name={t(`keys.${act}`)} keys={letterOf(act).split("+")} />
            ))}
          </tbody>
        </table>
        <table className="plain keys">
          <tbody>
            {AT_THE_DESK.map((act) => (
              <Line key={act} name={t(`keys.${act}`)} keys={letterOf(act).split("+")} />
            ))}
            <Line name={t("keys.outcome")} keys={["1", "–", "9"]} />
            <Line name={t("keys.shortcuts")} keys={["?"]} />
          </tbody>
        </table>
      </div>
    </Modal>
  );
}

function Line({ name, keys }: { name: string; keys: readonly string[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{keys.map((key) => (key === "–" ? key : <kbd key={key}>{key}</kbd>))}</td>
    </tr>
  );
}
