import { describe, expect, it } from "vitest";
import { svgText } from "../src/charts/echarts";
import { blobOf } from "../src/charts/save";
import { csvText } from "../src/charts/table";

describe("a chart's figures as CSV", () => {
  it("quotes what needs it and leaves a missing figure empty", () => {
    const table = {
      columns: ["Name", "Figure"],
      rows: [
        ['Ng, "Amy"', 1.5],
        ["two\nlines", null],
      ],
    };
    expect(csvText(table)).toBe('Name,Figure\r\n"Ng, ""Amy""",1.5\r\n"two\nlines",\r\n');
  });

  it("does not let a spreadsheet run a name as a formula, and keeps negative numbers numbers", () => {
    expect(csvText({ columns: ["a"], rows: [["=1+1"], [-2]] })).toBe("a\r\n'=1+1\r\n-2\r\n");
  });
});

describe("a chart as a picture", () => {
  it("is drawn as SVG without a page", () => {
    const text = svgText({ xAxis: { data: ["Mon"] }, yAxis: {}, series: [{ type: "bar", data: [7] }] }, 300, 200);
    expect(text).toMatch(/^<svg[^>]*width="300"/);
    expect(text).toContain("Mon");
  });

  it("comes out of a data address with its kind", async () => {
    const blob = blobOf("data:image/png;base64,aGk=");
    expect([blob.type, await blob.text()]).toEqual(["image/png", "hi"]);
  });
});
