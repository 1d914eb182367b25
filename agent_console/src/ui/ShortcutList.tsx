import { Button, Modal } from "antd";
import { type LETTERS, letterOf } from "../keys/shortcuts";
import { useText } from "./context";

type Lettered = (typeof LETTERS)[keyof typeof LETTERS];
const SHOWN: readonly Lettered[] = [
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
  "dial",
  "note",
  "done",
  "ready",
  "not_ready",
];

export function ShortcutList({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  return (
    <Modal
      open={open}
      title={t("keys.title")}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{t("keys.close")}</Button>}
      width={480}
    >
      <table className="plain keys">
        <tbody>
          {SHOWN.map((act) => (
            <tr key={act}>
              <th scope="row">{t(`keys.${act}`)}</th>
              <td>
                {letterOf(act)
                  .split("+")
                  .map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row">{t("keys.outcome")}</th>
            <td>
              <kbd>1</kbd>–<kbd>9</kbd>
            </td>
          </tr>
          <tr>
            <th scope="row">{t("keys.shortcuts")}</th>
            <td>
              <kbd>?</kbd>
            </td>
          </tr>
        </tbody>
      </table>
    </Modal>
  );
}
