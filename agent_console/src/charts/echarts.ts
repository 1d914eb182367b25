/** The parts of ECharts that are used; whoever needs another kind of series names it here. */

import { BarChart, CustomChart, HeatmapChart, LineChart, PieChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import * as core from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { THEME } from "./theme";

core.use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  PieChart,
  SankeyChart,
  ScatterChart,
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
  SVGRenderer,
]);

export type Drawing = core.EChartsCoreOption;
export type Drawn = core.ECharts;

/**
 * On screen a chart is painted on a canvas: the SVG painter writes `style` attributes, which our content
 * security policy refuses. Tooltips are painted too (`richText`) for the same reason.
 */
export function drawInto(element: HTMLElement): Drawn {
  return core.init(element, THEME, { renderer: "canvas" });
}

/** The drawing as SVG text, made without touching the page. */
export function svgText(drawing: Drawing, width: number, height: number): string {
  const chart = core.init(null, THEME, { renderer: "svg", ssr: true, width, height });
  chart.setOption({ ...drawing, animation: false });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}
