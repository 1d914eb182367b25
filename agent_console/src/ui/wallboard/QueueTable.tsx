import type { Figures, QueueRow, Rows } from "../../api/feed";
import { duration, NONE, percent } from "../../format/figures";
import { named, type TextKey } from "../../i18n";
import { formulaOf, serviceLevelTone, totalsOf, waited_s } from "../../state/wallboard";
import { useText } from "../context";
import { ToneMark } from "../marks";
import { queueName } from "../names";

/** `near` columns are left out on a television: small figures are no use at ten metres. */
const COLUMNS: {
  text: TextKey;
  figures: string[];
  near?: true;
  cell: (row: Figures, now_s: number) => React.ReactNode;
}[] = [
  { text: "wall.waiting", figures: ["waiting"], cell: (row) => <strong>{row.waiting}</strong> },
  {
    text: "wall.longest",
    figures: ["longest_since", "longest"],
    cell: (row, now_s) => duration(waited_s(row.longest_since, now_s)),
  },
  { text: "wall.expected", figures: ["wait_likely_s"], cell: (row) => <Expected row={row} /> },
  {
    text: "wall.callbacks",
    figures: ["callbacks_waiting"],
    cell: (row) => row.callbacks_waiting,
  },
  { text: "wall.slShort", figures: ["service_level"], cell: (row) => <Level row={row} /> },
  { text: "wall.talking", figures: ["talking"], cell: (row) => row.talking },
  { text: "wall.readyAgents", figures: ["agents_ready"], cell: (row) => row.agents_ready },
  { text: "wall.offered", figures: ["offered"], cell: (row) => row.offered },
  { text: "wall.answered", figures: ["answered"], near: true, cell: (row) => row.answered },
  { text: "wall.abandoned", figures: ["abandoned"], near: true, cell: (row) => row.abandoned },
  { text: "wall.abandonShort", figures: ["abandon_rate"], cell: (row) => percent(row.abandon_rate) },
  { text: "wall.asaShort", figures: ["asa_s", "asa"], cell: (row) => duration(row.asa_s) },
  { text: "wall.aht", figures: ["aht_s", "aht"], near: true, cell: (row) => duration(row.aht_s) },
  { text: "wall.rona", figures: ["rona"], near: true, cell: (row) => row.rona },
];

/** A queue's expected wait for a caller who comes now; all queues together have none. */
function Expected({ row }: { row: Figures | QueueRow }) {
  const { t } = useText();
  if (!("wait_low_s" in row) || row.wait_low_s === null || row.wait_high_s === null) return NONE;
  if (row.wait_high_s < 1) return t("wall.expectedNow");
  return (
    <span className="nowrap">
      {t("wall.expectedRange", { low: duration(row.wait_low_s), high: duration(row.wait_high_s) })}
    </span>
  );
}

function Level({ row }: { row: Figures }) {
  const { t } = useText();
  if (row.service_level === null) return NONE;
  const tone = serviceLevelTone(row.service_level, row.target_level);
  return (
    <span
      className={`level-cell tone-${tone}`}
      title={row.target_level === null ? undefined : t("wall.target", { value: percent(row.target_level, 0) })}
    >
      <ToneMark tone={tone} size={14} />
      {percent(row.service_level)}
    </span>
  );
}

const cellClass = (column: { near?: true }): string => (column.near ? "number near" : "number");

export function QueueTable({ rows, now_s }: { rows: Rows; now_s: number }) {
  const { t, language } = useText();
  const queues = Object.values(rows.queues).sort((a, b) => a.name.localeCompare(b.name));
  const totals = totalsOf(rows);
  return (
    <section className="panel wall-queues" aria-label={t("wall.queues")}>
      <h2>{t("wall.queues")}</h2>
      {queues.length === 0 ? (
        <p className="quiet">{t("wall.noQueues")}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={t("wall.queues")}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t("wall.queue")}</th>
                {COLUMNS.map((column) => {
                  const formula = formulaOf(rows, ...column.figures);
                  return (
                    <th
                      scope="col"
                      className={cellClass(column)}
                      key={column.text}
                      title={formula ? named(formula, language, "") : undefined}
                    >
                      {t(column.text)}
                    </th>
                  );
                })}
              </tr>
            </thead>
            <tbody>
              {queues.map((queue) => (
                <tr key={queue.id}>
                  <th scope="row">{queueName(queue, language)}</th>
                  {COLUMNS.map((column) => (
                    <td className={cellClass(column)} key={column.text}>
                      {column.cell(queue, now_s)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
            {totals && (
              <tfoot>
                <tr>
                  <th scope="row">{t("wall.total")}</th>
                  {COLUMNS.map((column) => (
                    <td className={cellClass(column)} key={column.text}>
                      {column.cell(totals, now_s)}
                    </td>
                  ))}
                </tr>
              </tfoot>
            )}
          </table>
        </div>
      )}
    </section>
  );
}
