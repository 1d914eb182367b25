/** A chart with its figures: drawn, readable as a table, saved as SVG, PNG or CSV. */

import { DownloadOutlined, TableOutlined } from "@ant-design/icons";
import { Button, Dropdown, Empty } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useText } from "../ui/context";
import { type Drawing, type Drawn, drawInto, svgText } from "./echarts";
import { blobOf, saveFile } from "./save";
import { type ChartTable, csvText } from "./table";
import "./chart.css";

const KINDS = ["svg", "png", "csv"] as const;
const SHARPNESS = 2;

interface ChartProps {
  title: string;
  /** One sentence of what is to be seen, for who cannot see it. */
  summary: string;
  drawing: Drawing;
  table: ChartTable;
  /** The file's name when saved, without its ending. */
  file: string;
  /** Pixels. */
  height?: number;
  /** Something of the drawing was clicked: the series' name, and what ECharts holds of the point. */
  onPick?: (picked: { series: string; name: string; data: unknown }) => void;
  children?: ReactNode;
}

export function Chart({ title, summary, drawing, table, file, height = 320, onPick, children }: ChartProps) {
  const { t } = useText();
  const [asTable, setAsTable] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const empty = table.rows.length === 0;
  useDrawing(place, drawing, !empty && !asTable, onPick);

  const save = (kind: (typeof KINDS)[number]) => {
    const width = place.current?.clientWidth ?? 900;
    if (kind === "csv") saveFile(`${file}.csv`, new Blob(["\ufeff", csvText(table)], { type: "text/csv" }));
    else if (kind === "svg")
      saveFile(`${file}.svg`, new Blob([svgText(drawing, width, height)], { type: "image/svg+xml" }));
    else saveFile(`${file}.png`, pngOf(drawing, width, height));
  };
  return (
    <figure className="chart card" aria-label={title}>
      <figcaption className="chart-head">
        <h2>{title}</h2>
        <span className="chart-tools">
          <Button
            size="small"
            type="text"
            icon={<TableOutlined />}
            aria-pressed={asTable}
            disabled={empty}
            onClick={() => setAsTable(!asTable)}
          >
            {t("chart.asTable")}
          </Button>
          <Dropdown
            disabled={empty}
            trigger={["click"]}
            menu={{
              items: KINDS.map((kind) => ({ key: kind, label: t(`chart.${kind}`) })),
              onClick: ({ key }) => save(key as (typeof KINDS)[number]),
            }}
          >
            <Button size="small" type="text" icon={<DownloadOutlined />}>
              {t("chart.save")}
            </Button>
          </Dropdown>
        </span>
      </figcaption>
      {children}
      {empty ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("chart.none")} />
      ) : asTable ? (
        <Figures table={table} title={title} />
      ) : (
        <div ref={place} role="img" aria-label={summary} className="chart-drawing" style={{ height }} />
      )}
    </figure>
  );
}

function Figures({ table, title }: { table: ChartTable; title: string }) {
  return (
    <div className="chart-table" tabIndex={0} role="region" aria-label={title}>
      <table>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, place) => (
            <tr key={place}>
              {row.map((value, column) => (
                <td key={column} className={typeof value === "number" ? "figure" : undefined}>
                  {value ?? "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Keep the drawing in its place as long as it is shown: redrawn when it changes, fitted when the place does. */
function useDrawing(
  place: React.RefObject<HTMLDivElement | null>,
  drawing: Drawing,
  shown: boolean,
  onPick: ChartProps["onPick"],
): void {
  const chart = useRef<Drawn | null>(null);
  const pick = useRef(onPick);
  useEffect(() => {
    pick.current = onPick;
  });
  useEffect(() => {
    const element = place.current;
    if (!shown || !element) return;
    const drawn = (chart.current = drawInto(element));
    drawn.on("click", ({ seriesName, name, data }) => pick.current?.({ series: seriesName ?? "", name, data }));
    const fitted = new ResizeObserver(() => drawn.resize());
    fitted.observe(element);
    return () => {
      fitted.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, [place, shown]);
  useEffect(() => {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    chart.current?.setOption({ ...drawing, ...(still ? { animation: false } : {}) }, { notMerge: true });
  }, [drawing, shown]);
}

function pngOf(drawing: Drawing, width: number, height: number): Blob {
  const element = document.createElement("div");
  Object.assign(element.style, { width: `${width}px`, height: `${height}px` });
  const drawn = drawInto(element);
  drawn.resize({ width, height });
  drawn.setOption({ ...drawing, animation: false });
  const address = drawn.getDataURL({ type: "png", pixelRatio: SHARPNESS, backgroundColor: "#ffffff" });
  drawn.dispose();
  return blobOf(address);
}
