import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Box, Schema, Traffic, TrialLine, Way } from "../src/api/flows";
import { completionAt, declared, lineOfNode } from "../src/flows/completion";
import {
  beside,
  countSpot,
  figures,
  first,
  fit,
  lineWidth,
  loss,
  showing,
  walked,
  wayCount,
  zoom,
} from "../src/flows/picture";

const SCHEMA = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../ivr_flows/flow.schema.json"), "utf8"),
) as Schema;
const FLOW = `languages: [en, zh]
start: ask
variables: {pin: "", count: 0}
prompts:
  welcome: {en: "Hi", zh: "你好"}
  bye: {en: "Bye", zh: "再见"}
nodes:
  ask:
    kind: menu
    say: welcome
    choices:
      "1": wait
    no_input: end
    no_match: end
  wait:
    kind: queue
    queue: sales
  end: {kind: hangup, say: bye}
`;

/** Options where `|` stands in the changed flow. */
function offered(from: string, to: string): string[] {
  const marked = FLOW.replace(from, to);
  const position = marked.indexOf("|");
  expect(position).toBeGreaterThan(0);
  return (completionAt(marked.replace("|", ""), position, SCHEMA)?.options ?? []).map((option) => option.label);
}

describe("completion", () => {
  it("offers the keys of a flow, those that are there left out", () => {
    const keys = offered("start: ask\n", "start: ask\no|\n");
    expect(keys).toContain("operator");
    expect(keys).not.toContain("nodes");
  });
  it("offers the kinds with their sentences", () => {
    const marked = FLOW.replace("kind: queue", "kind: ");
    const found = completionAt(marked, marked.indexOf("kind: \n") + 6, SCHEMA);
    expect(found?.options.find((option) => option.label === "voicemail")?.detail).toContain("beep");
  });
  it("offers the fields of the node's own kind", () => {
    const keys = offered("queue: sales\n", "queue: sales\n    m|\n");
    expect(keys).toContain("music");
    expect(keys).not.toContain("choices");
    expect(keys).not.toContain("queue");
  });
  it("offers nodes, prompts and variables by their names", () => {
    expect(offered("no_input: end", "no_input: |")).toEqual(["ask", "wait", "end"]);
    expect(offered('"1": wait', '"1": |')).toEqual(["ask", "wait", "end"]);
    expect(offered("start: ask", "start: |")).toEqual(["ask", "wait", "end"]);
    expect(offered("say: welcome", "say: we|")).toEqual(["welcome", "bye"]);
  });
  it("works within braces", () => {
    expect(offered("say: bye}", "say: |")).toEqual(["welcome", "bye"]);
    expect(offered("say: bye}", "r|")).toEqual(["say", "code", "reason"]);
    expect(offered('choices:\n      "1": wait', 'choices: {"1": |')).toEqual(["ask", "wait", "end"]);
  });
  it("is silent in comments and where the schema knows nothing", () => {
    expect(offered("start: ask", "start: ask # st|")).toEqual([]);
    expect(offered("queue: sales", "queue: |")).toEqual([]);
  });
  it("knows where things are", () => {
    expect(declared(FLOW, "variables")).toEqual(["pin", "count"]);
    expect(declared(FLOW, "nothing")).toEqual([]);
    expect(lineOfNode(FLOW, "wait")).toBe(15);
    expect(lineOfNode(FLOW, "nowhere")).toBe(1);
  });
});

const box = (node: string, x: number, y: number): Box => ({
  node,
  kind: "say",
  group: "says",
  x,
  y,
  width: 100,
  height: 50,
  brief: "",
  detail: "",
  operator: false,
});
const BOXES = [box("top", 100, 0), box("left", 0, 130), box("right", 200, 130), box("low", 100, 260)];

describe("looking at a picture", () => {
  const frame = { width: 800, height: 400 };
  it("fits a large one and leaves a small one its size", () => {
    const large = fit({ width: 1600, height: 300 }, frame);
    expect(large.width / large.height).toBeCloseTo(2);
    expect(large.x).toBeLessThanOrEqual(0);
    expect(large.x + large.width).toBeGreaterThanOrEqual(1600);
    expect(fit({ width: 200, height: 100 }, frame).width).toBe(800);
  });
  it("begins where it can be read", () => {
    const tall = { width: 600, height: 2400, entry_x: 300 };
    const view = first(tall, frame);
    expect(view.width).toBeCloseTo(1080);
    expect(view.x + view.width / 2).toBeCloseTo(300);
    expect(view.y).toBeLessThanOrEqual(0);
    expect(first({ width: 600, height: 400, entry_x: 300 }, frame)).toEqual(fit({ width: 600, height: 400 }, frame));
  });
  it("zooms about a point, within bounds", () => {
    const whole = fit({ width: 1600, height: 800 }, frame);
    const near = zoom(whole, whole, 0.5, { x: 0.25, y: 0.25 });
    expect(near.x + near.width * 0.25).toBeCloseTo(whole.x + whole.width * 0.25);
    let view = whole;
    for (let times = 0; times < 40; times += 1) view = zoom(view, whole, 0.5);
    expect(view.width).toBeGreaterThan(100);
    for (let times = 0; times < 40; times += 1) view = zoom(view, whole, 2);
    expect(view.width).toBeLessThanOrEqual(whole.width * 3);
  });
  it("brings a box into sight and leaves what is seen", () => {
    const view = { x: 0, y: 0, width: 200, height: 200 };
    expect(showing(view, box("far", 500, 500))).toEqual({ x: 424, y: 374, width: 200, height: 200 });
    expect(showing(view, box("near", 50, 50))).toEqual(view);
  });
  it("walks by arrow keys", () => {
    expect(beside(BOXES, "top", "ArrowDown")).toMatch(/left|right/);
    expect(beside(BOXES, "left", "ArrowRight")).toBe("right");
    expect(beside(BOXES, "low", "ArrowUp")).toMatch(/left|right/);
    expect(beside(BOXES, "top", "ArrowUp")).toBe("top");
    expect(beside(BOXES, "", "ArrowUp")).toBe("top");
  });
});

const TRAFFIC: Traffic = {
  nodes: [{ node: "ask", visits: 200, hang_ups: 20 }],
  ways: [
    { source: "", target: "ask", count: 200 },
    { source: "ask", target: "wait", count: 50 },
  ],
};

describe("figures on a picture", () => {
  it("joins who is there with who was", () => {
    const live = { flow: "f", callers: 3, older: 0, nodes: [{ node: "wait", callers: 3, talking: 1 }] };
    const all = figures(live, TRAFFIC);
    expect(all.get("ask")).toEqual({ callers: 0, talking: 0, visits: 200, hangUps: 20 });
    expect(all.get("wait")).toEqual({ callers: 3, talking: 1, visits: 0, hangUps: 0 });
    const asked = all.get("ask");
    expect(asked && loss(asked)).toBeCloseTo(0.1);
    expect(figures(undefined, null).size).toBe(0);
  });
  it("draws what many took thicker", () => {
    expect(wayCount(TRAFFIC, { source: "ask", target: "wait" })).toBe(50);
    expect(wayCount(TRAFFIC, { source: "wait", target: "ask" })).toBe(0);
    expect(lineWidth(200, 200)).toBe(9);
    expect(lineWidth(50, 200)).toBeCloseTo(5.25);
    expect(lineWidth(0, 200)).toBe(1.5);
    expect(lineWidth(0, 0)).toBe(1.5);
  });
  it("puts a number before the arrow, from above, from below and beside a loop", () => {
    const way: Way = {
      source: "a",
      target: "b",
      path: "M10 20 C10 60.5 40 60.5 40 100",
      label: "",
      label_x: 5,
      label_y: 6,
      aside: false,
      beside: false,
    };
    expect(countSpot(way, 0)).toEqual({ x: 40, y: 87 });
    expect(countSpot(way, 1)).toEqual({ x: 40, y: 75 });
    expect(countSpot({ ...way, path: "M10 100 C10 60 40 60 40 20" }, 0)).toEqual({ x: 40, y: 41 });
    expect(countSpot({ ...way, target: "a" }, 0)).toEqual({ x: 13, y: 19 });
  });
});

describe("the way of a trial", () => {
  const line = (what: TrialLine["what"], text: string): TrialLine => ({ number: 0, at_s: 0, what, text, said: [] });
  it("is lit in the flow that is drawn, called flows at their call", () => {
    const lines = [
      line("entered", "main"),
      line("node", "ask"),
      line("say", ""),
      line("node", "rate"),
      line("node", "rate/score"),
      line("node", "bye"),
      line("entered", "other"),
      line("node", "ask"),
    ];
    const { nodes, ways } = walked(lines, "main");
    expect([...nodes]).toEqual(["ask", "rate", "bye"]);
    expect([...ways]).toEqual([">ask", "ask>rate", "rate>bye"]);
    expect([...walked(lines, "other").nodes]).toEqual(["ask"]);
  });
});
