/** What every chart says. In English. */
export const enCharts = {
  "chart.asTable": "As a table",
  "chart.save": "Save",
  "chart.svg": "Picture (SVG)",
  "chart.png": "Picture (PNG)",
  "chart.csv": "Figures (CSV)",
  "chart.none": "Nothing to draw yet.",
} as const;
