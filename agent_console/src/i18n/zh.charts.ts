import type { enCharts } from "./en.charts";

/** 图表上的文字。 */
export const zhCharts: Record<keyof typeof enCharts, string> = {
  "chart.asTable": "查看表格",
  "chart.save": "保存",
  "chart.svg": "图片（SVG）",
  "chart.png": "图片（PNG）",
  "chart.csv": "数据（CSV）",
  "chart.none": "暂无可绘制的数据。",
};
