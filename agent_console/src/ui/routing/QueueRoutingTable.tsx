/** Every queue's routing at a glance; a drawer changes one. */

import { Button } from "antd";
import { useState } from "react";
import type { QueueRouting, RoutingBoard } from "../../api/types";
import type { Translate } from "../../i18n";
import { useText } from "../context";
import { queueName } from "../names";
import { QueueRoutingForm } from "./QueueRoutingForm";

export function QueueRoutingTable({ board, onSaved }: { board: RoutingBoard; onSaved: () => void }) {
  const { t, language } = useText();
  const [open, setOpen] = useState<string | null>(null);
  const chosen = board.queues.find((queue) => queue.id === open);
  const names = new Map(board.queues.map((queue) => [queue.id, queueName(queue, language)]));
  return (
    <>
      <table className="plain routing-queues">
        <thead>
          <tr>
            <th scope="col">{t("routing.queue")}</th>
            <th scope="col">{t("routing.policy")}</th>
            <th scope="col" className="number">
              {t("routing.target")}
            </th>
            <th scope="col" className="number">
              {t("routing.importance")}
            </th>
            <th scope="col" className="number">
              {t("routing.cap")}
            </th>
            <th scope="col">{t("routing.overflow")}</th>
            <th scope="col">{t("routing.tiering")}</th>
            <th scope="col">{t("routing.sticky")}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {board.queues.map((queue) => (
            <tr key={queue.id}>
              <th scope="row">{names.get(queue.id)}</th>
              <td>{t(`routing.policy.${queue.routing}`)}</td>
              <td className="number">{queue.target_s}</td>
              <td className="number">{queue.importance}</td>
              <td className="number">{queue.cap ?? t("routing.nolimit")}</td>
              <td>{overflowText(queue, names, t)}</td>
              <td>{t(queue.tiering ? "routing.on" : "routing.off")}</td>
              <td>{t(`routing.sticky.${queue.sticky}`)}</td>
              <td>
                <Button
                  onClick={() => setOpen(queue.id)}
                  aria-label={t("routing.changeOf", { queue: names.get(queue.id) ?? queue.id })}
                >
                  {t("routing.change")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {chosen !== undefined && (
        <QueueRoutingForm
          key={chosen.id}
          queue={chosen}
          board={board}
          onClose={(saved) => {
            setOpen(null);
            if (saved) onSaved();
          }}
        />
      )}
    </>
  );
}

function overflowText(queue: QueueRouting, names: ReadonlyMap<string, string>, t: Translate): string {
  const when = [
    ...(queue.closed ? [t("routing.closedNow")] : []),
    ...(queue.hours === "" ? [] : [t("routing.whenClosed", { hours: queue.hours })]),
    ...(queue.overflow_length === null ? [] : [t("routing.whenFull", { count: queue.overflow_length })]),
    ...(queue.overflow_wait_s === null ? [] : [t("routing.whenLate", { seconds: queue.overflow_wait_s })]),
  ];
  if (when.length === 0) return t("routing.never");
  const to =
    queue.overflow_to === "" ? t("routing.overflow_to.flow") : (names.get(queue.overflow_to) ?? queue.overflow_to);
  return `${when.join(" · ")} → ${to}`;
}
