/** How queues are routed and what agents can do; what is changed here acts at once. */

import { Empty, Spin } from "antd";
import type { RoutingBoard } from "../api/types";
import { client, useLoaded, useText } from "../ui/context";
import { QueueRoutingTable } from "../ui/routing/QueueRoutingTable";
import { SkillMatrix } from "../ui/routing/SkillMatrix";

export function Routing() {
  const { t } = useText();
  const board = useLoaded("routing", () => client.routing());
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("routing.title")}</h1>
        <p className="quiet">{t("routing.lead")}</p>
      </header>
      {board.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {board.failed}
        </p>
      )}
      {board.value ? (
        <Board board={board.value} reload={board.reload} />
      ) : (
        board.failed === null && <Spin className="starting" />
      )}
    </div>
  );
}

function Board({ board, reload }: { board: RoutingBoard; reload: () => void }) {
  const { t } = useText();
  return (
    <>
      <section className="card" aria-labelledby="routing-queues">
        <h2 id="routing-queues">{t("routing.queues")}</h2>
        {board.queues.length > 0 ? (
          <QueueRoutingTable board={board} onSaved={reload} />
        ) : (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("routing.none")} />
        )}
      </section>
      <section className="card" aria-labelledby="routing-skills">
        <h2 id="routing-skills">{t("routing.skills")}</h2>
        {board.agents.length > 0 && board.skills.length > 0 ? (
          <SkillMatrix board={board} />
        ) : (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("routing.skills.none")} />
        )}
      </section>
    </>
  );
}
