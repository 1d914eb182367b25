/** Colours and letters of every chart. Neighbouring colours differ in lightness too, for who sees no hue. */

const INK = "#172033";
const QUIET = "#4a566b";
const RULE = "#dde3ec";
export const SERIES_COLOURS = ["#1554c0", "#d97706", "#12703a", "#7a3aa8", "#0b6b7c", "#b3261e", "#55606f"];

const axis = {
  axisLine: { lineStyle: { color: "#8a96a8" } },
  axisTick: { lineStyle: { color: "#8a96a8" } },
  axisLabel: { color: QUIET, fontSize: 12 },
  nameTextStyle: { color: QUIET },
  splitLine: { lineStyle: { color: RULE } },
  splitArea: { show: false },
};

export const THEME = {
  color: SERIES_COLOURS,
  backgroundColor: "transparent",
  textStyle: { color: INK, fontFamily: 'Inter, "Segoe UI", system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif' },
  legend: { textStyle: { color: INK }, itemGap: 16 },
  tooltip: {
    renderMode: "richText",
    confine: true,
    backgroundColor: "#0f1b2d",
    borderWidth: 0,
    textStyle: { color: "#ffffff", fontSize: 13 },
  },
  categoryAxis: axis,
  valueAxis: axis,
  timeAxis: axis,
  logAxis: axis,
  line: { symbolSize: 5, lineStyle: { width: 2 } },
};
