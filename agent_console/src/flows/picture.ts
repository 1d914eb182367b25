/** What is written onto a flow's picture, and how it is looked at. Pure. */

import type { Box, Drawing, LiveFlow, Traffic, TrialLine, Way } from "../api/flows";

/** The part of the drawing that is seen, in its own pixels. */
export interface View {
  x: number;
  y: number;
  width: number;
  height: number;
}

type Frame = Pick<View, "width" | "height">;

const MARGIN = 12;
const CLOSEST = 0.4;
const FARTHEST = 3;

/** All of the drawing in a frame of this shape, never larger than life. */
export function fit(drawing: Pick<Drawing, "width" | "height">, frame: Frame): View {
  const scale = Math.max(
    1,
    (drawing.width + 2 * MARGIN) / Math.max(1, frame.width),
    (drawing.height + 2 * MARGIN) / Math.max(1, frame.height),
  );
  const width = frame.width * scale;
  const height = frame.height * scale;
  return { x: (drawing.width - width) / 2, y: Math.min(-MARGIN, (drawing.height - height) / 2), width, height };
}

const READABLE = 1.35;

/** What is seen first: all of it where that can be read, else the beginning. */
export function first(drawing: Pick<Drawing, "width" | "height" | "entry_x">, frame: Frame): View {
  const whole = fit(drawing, frame);
  const width = frame.width * READABLE;
  if (whole.width <= width) return whole;
  return { x: drawing.entry_x - width / 2, y: -MARGIN, width, height: frame.height * READABLE };
}

/** `factor` below 1 comes closer; the point (0-1 of the frame) stays where it is. */
export function zoom(view: View, whole: View, factor: number, point = { x: 0.5, y: 0.5 }): View {
  const least = whole.width * Math.min(1, CLOSEST / Math.max(1, whole.width / 800));
  const width = Math.min(whole.width * FARTHEST, Math.max(least, view.width * factor));
  const height = (view.height * width) / view.width;
  return {
    x: view.x + (view.width - width) * point.x,
    y: view.y + (view.height - height) * point.y,
    width,
    height,
  };
}

/** Moved so that the box is seen, with some room around it. */
export function showing(view: View, box: Box): View {
  const room = 24;
  const x = Math.min(box.x - room, Math.max(view.x, box.x + box.width + room - view.width));
  const y = Math.min(box.y - room, Math.max(view.y, box.y + box.height + room - view.height));
  return { ...view, x, y };
}

const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] } as const;
export type Arrow = keyof typeof STEPS;
export const isArrow = (key: string): key is Arrow => key in STEPS;

/** The nearest box that way; the same when there is none. */
export function beside(boxes: readonly Box[], from: string, arrow: Arrow): string {
  const here = boxes.find((box) => box.node === from);
  if (!here) return boxes[0]?.node ?? from;
  const [dx, dy] = STEPS[arrow];
  let best = { node: from, cost: Infinity };
  for (const box of boxes) {
    const x = box.x + box.width / 2 - here.x - here.width / 2;
    const y = box.y - here.y;
    const along = x * dx + y * dy;
    const across = Math.abs(x * dy + y * dx);
    if (box.node === from || along <= 1) continue;
    const cost = dy === 0 ? along + 4 * across : 4 * along + across; // first the next layer, or along one
    if (cost < best.cost) best = { node: box.node, cost };
  }
  return best.node;
}

export interface NodeFigures {
  callers: number;
  talking: number;
  visits: number;
  hangUps: number;
}

const NOBODY: NodeFigures = { callers: 0, talking: 0, visits: 0, hangUps: 0 };

/** Everything known of each node: who is there now, and the day's visits and hang-ups. */
export function figures(live: LiveFlow | undefined, traffic: Traffic | null): Map<string, NodeFigures> {
  const found = new Map<string, NodeFigures>();
  const of = (node: string): NodeFigures => found.get(node) ?? { ...NOBODY };
  for (const { node, callers, talking } of live?.nodes ?? []) found.set(node, { ...of(node), callers, talking });
  for (const { node, visits, hang_ups } of traffic?.nodes ?? [])
    found.set(node, { ...of(node), visits, hangUps: hang_ups });
  return found;
}

export const figuresOf = (all: Map<string, NodeFigures>, node: string): NodeFigures => all.get(node) ?? NOBODY;

/** Which share of those who came to a node hung up there, 0-1. */
export const loss = (node: NodeFigures): number => (node.visits > 0 ? node.hangUps / node.visits : 0);

/** How many went from one node to another. */
export function wayCount(traffic: Traffic | null, way: Pick<Way, "source" | "target">): number {
  return traffic?.ways.find((each) => each.source === way.source && each.target === way.target)?.count ?? 0;
}

const THIN = 1.5;
const THICK = 9;

/** The width of a line that so many took, the busiest being the thickest; area, not width, is read as amount. */
export function lineWidth(count: number, most: number): number {
  return most > 0 && count > 0 ? THIN + (THICK - THIN) * Math.sqrt(count / most) : THIN;
}

/** Where a line's number stands: before its arrow, alternately nearer and farther where many arrive. */
export function countSpot(way: Way, nth: number): { x: number; y: number } {
  if (way.source === way.target) return { x: way.label_x + 8, y: way.label_y + 13 };
  const numbers = (way.path.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  const [, controlY = 0, x = 0, y = 0] = numbers.slice(-4);
  const away = 13 + 12 * (nth % 2);
  return { x, y: controlY <= y ? y - away : y + away + 8 };
}

/** The nodes and ways a trial has walked through, in the flow that is drawn. */
export function walked(lines: readonly TrialLine[], flow: string): { nodes: Set<string>; ways: Set<string> } {
  const nodes = new Set<string>();
  const ways = new Set<string>();
  let current = "";
  let before = "";
  for (const line of lines) {
    if (line.what === "entered") {
      current = line.text;
      before = "";
    } else if (line.what === "node" && current === flow) {
      const [node = ""] = line.text.split("/");
      if (node === before && line.text !== node) continue; // within a called flow
      nodes.add(node);
      ways.add(wayKey(before, node));
      before = node;
    }
  }
  return { nodes, ways };
}

export const wayKey = (source: string, target: string): string => `${source}>${target}`;
