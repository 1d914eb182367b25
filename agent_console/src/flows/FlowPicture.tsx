/** A flow's picture: the one of `flow show`, with who is where, how many took each way and where they hung up. */

import { CompressOutlined, ZoomInOutlined, ZoomOutOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import type { Box, Drawing, LiveFlow, Traffic } from "../api/flows";
import { percent } from "../format/figures";
import { isTextKey, type Translate } from "../i18n";
import { useText } from "../ui/context";
import {
  beside,
  countSpot,
  figures,
  figuresOf,
  first,
  fit,
  isArrow,
  lineWidth,
  loss,
  type NodeFigures,
  showing,
  type View,
  wayCount,
  wayKey,
  zoom,
} from "./picture";

interface PictureProps {
  drawing: Drawing;
  live?: LiveFlow | undefined;
  traffic?: Traffic | null;
  /** Walked by a trial: nodes and ways to be lit, and where it stands. */
  lit?: { nodes: Set<string>; ways: Set<string>; at: string } | undefined;
  selected?: string;
  onSelect?: (node: string) => void;
}

const STEP = 1.25;
/** Shares of lost callers from which a box is marked, weaker and stronger. */
const LOSSES = [0.05, 0.15];

export function FlowPicture({ drawing, live, traffic = null, lit, selected = "", onSelect }: PictureProps) {
  const { t } = useText();
  const { frame, place } = useFrame();
  const [moved, setMoved] = useState<{ of: string; view: View } | null>(null);
  const [focus, setFocus] = useState("");
  const drag = useRef<{ x: number; y: number } | null>(null);
  const whole = useMemo(() => fit(drawing, frame), [drawing, frame]);
  const key = `${drawing.name} ${frame.width} ${frame.height}`;
  const view = moved?.of === key ? moved.view : first(drawing, frame);
  const look = (next: View) => setMoved({ of: key, view: next });
  const nodes = useMemo(() => figures(live, traffic), [live, traffic]);
  const current = drawing.boxes.some((box) => box.node === focus) ? focus : (drawing.boxes[0]?.node ?? "");

  const go = (node: string) => {
    setFocus(node);
    const box = drawing.boxes.find((each) => each.node === node);
    if (box) look(showing(view, box));
    place.current?.querySelector<SVGGElement>(`[data-node="${node}"]`)?.focus({ preventScroll: true });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isArrow(event.key)) go(beside(drawing.boxes, current, event.key));
    else if (event.key === "+" || event.key === "=") look(zoom(view, whole, 1 / STEP));
    else if (event.key === "-") look(zoom(view, whole, STEP));
    else if (event.key === "0") look(whole);
    else if (event.key === "Enter" || event.key === " ") onSelect?.(current);
    else return;
    event.preventDefault();
  };
  const onMove = (event: PointerEvent) => {
    if (drag.current === null || (event.buttons & 1) === 0) return;
    const scale = view.width / frame.width;
    look({
      ...view,
      x: view.x - (event.clientX - drag.current.x) * scale,
      y: view.y - (event.clientY - drag.current.y) * scale,
    });
    drag.current = { x: event.clientX, y: event.clientY };
  };

  return (
    <div className="flow-frame">
      <div className="flow-tools">
        <Button
          size="small"
          icon={<ZoomInOutlined />}
          aria-label={t("flow.zoomIn")}
          title={t("flow.zoomIn")}
          onClick={() => look(zoom(view, whole, 1 / STEP))}
        />
        <Button
          size="small"
          icon={<ZoomOutOutlined />}
          aria-label={t("flow.zoomOut")}
          title={t("flow.zoomOut")}
          onClick={() => look(zoom(view, whole, STEP))}
        />
        <Button
          size="small"
          icon={<CompressOutlined />}
          aria-label={t("flow.fit")}
          title={t("flow.fit")}
          onClick={() => look(whole)}
        />
      </div>
      <div
        ref={place}
        className="flow-picture"
        role="group"
        aria-label={t("flow.pictureOf", { name: drawing.title })}
        onKeyDown={onKey}
        onPointerDown={(event) => (drag.current = { x: event.clientX, y: event.clientY })}
        onPointerMove={onMove}
        onPointerUp={() => (drag.current = null)}
      >
        <svg viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`} width="100%" height="100%">
          <Lines drawing={drawing} traffic={traffic} lit={lit?.ways} />
          <Entry drawing={drawing} />
          {drawing.boxes.map((box) => (
            <Node
              key={box.node}
              box={box}
              figures={figuresOf(nodes, box.node)}
              state={nodeState(box.node, selected, lit)}
              tabStop={box.node === current}
              onFocus={() => setFocus(box.node)}
              onSelect={() => onSelect?.(box.node)}
            />
          ))}
        </svg>
      </div>
    </div>
  );
}

function nodeState(node: string, selected: string, lit: PictureProps["lit"]): string {
  const marks = [];
  if (node === selected) marks.push("selected");
  if (lit?.nodes.has(node)) marks.push("lit");
  if (lit !== undefined && !lit.nodes.has(node)) marks.push("dark");
  if (lit?.at === node) marks.push("here");
  return marks.join(" ");
}

/** The size of the frame as it is on the screen. */
function useFrame() {
  const place = useRef<HTMLDivElement>(null);
  const [frame, setFrame] = useState({ width: 800, height: 500 });
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const watch = new ResizeObserver(() => {
      if (element.clientWidth > 0) setFrame({ width: element.clientWidth, height: element.clientHeight });
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return { frame, place };
}

function Lines({ drawing, traffic, lit }: { drawing: Drawing; traffic: Traffic | null; lit: Set<string> | undefined }) {
  const id = useId();
  const { t } = useText();
  const most = Math.max(0, ...(traffic?.ways ?? []).map((way) => way.count));
  const arrived = new Map<string, number>();
  return (
    <g>
      <defs>
        {["plain", "lit"].map((kind) => (
          <marker
            key={kind}
            id={`${id}${kind}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="10"
            markerHeight="10"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.6 L7.4 4 L0 7.4 z" className={`flow-arrow-${kind}`} />
          </marker>
        ))}
      </defs>
      {drawing.lines.map((way) => {
        const count = wayCount(traffic, way);
        const nth = arrived.get(way.target) ?? 0;
        arrived.set(way.target, nth + 1);
        const isLit = lit?.has(wayKey(way.source, way.target)) ?? false;
        const spot = countSpot(way, nth);
        const marks = [way.aside && "aside", count > 0 && "taken", isLit && "lit", lit && !isLit && "dark"];
        return (
          <g key={wayKey(way.source, way.target)} className={`flow-way ${marks.filter(Boolean).join(" ")}`}>
            <path
              d={way.path}
              strokeWidth={isLit ? 3.5 : lineWidth(count, most)}
              markerEnd={`url(#${id}${isLit ? "lit" : "plain"})`}
            />
            {way.label !== "" && (
              <text x={way.label_x} y={way.label_y} textAnchor={way.beside ? "start" : "middle"}>
                {outcomeText(way.label, t)}
              </text>
            )}
            {count > 0 && (
              <text className="flow-count" x={spot.x} y={spot.y} textAnchor="middle">
                {count}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

function Entry({ drawing }: { drawing: Drawing }) {
  const { entry, entry_x: x, entry_y: y, entry_width: width } = drawing;
  const { t } = useText();
  return (
    <g className="flow-entry">
      <rect x={x - width / 2} y={y - 15} width={width} height={30} rx={15} />
      <text x={x} y={y + 4} textAnchor="middle">
        {entry === "entered by other flows" ? t("flow.called") : entry}
      </text>
    </g>
  );
}

/** A line's outcomes in the reader's language; keys, conditions and an author's own words stay as they are. */
function outcomeText(label: string, t: Translate): string {
  return label
    .split(", ")
    .map((word) => {
      const key = `way.${word.replaceAll(" ", "_")}`;
      return isTextKey(key) ? t(key) : word;
    })
    .join(", ");
}

interface NodeProps {
  box: Box;
  figures: NodeFigures;
  state: string;
  tabStop: boolean;
  onFocus: () => void;
  onSelect: () => void;
}

function Node({ box, figures, state, tabStop, onFocus, onSelect }: NodeProps) {
  const { t } = useText();
  const share = loss(figures);
  const level = figures.hangUps === 0 ? 0 : LOSSES.filter((least) => share >= least).length;
  const lost = t("flow.lost", { count: figures.hangUps, share: percent(share) });
  const now = t("flow.now", { count: figures.callers });
  const said = [`${box.node} (${t(`kind.${box.kind}`)})`, box.detail];
  if (figures.callers > 0) said.push(now);
  if (figures.visits > 0) said.push(t("flow.visits", { count: figures.visits }));
  if (figures.hangUps > 0) said.push(lost);
  const [left, middle] = [box.x + 14, box.y + box.height / 2];
  return (
    <g
      className={`flow-node ${box.group} ${state}`}
      data-node={box.node}
      data-callers={figures.callers}
      role="button"
      aria-pressed={state.includes("selected")}
      tabIndex={tabStop ? 0 : -1}
      onFocus={onFocus}
      onClick={onSelect}
    >
      {/* The name for who cannot see it, and what the mouse is told. */}
      <title>{said.filter(Boolean).join(". ")}</title>
      <rect className="flow-box" x={box.x} y={box.y} width={box.width} height={box.height} rx={9} />
      {level > 0 && (
        <rect
          className={`flow-loss-${level}`}
          x={box.x + 9}
          y={box.y + box.height - 5}
          width={Math.max(4, (box.width - 18) * share)}
          height={4}
          rx={2}
        />
      )}
      <text className="flow-kind" x={left} y={middle - 12}>
        {t(`kind.${box.kind}`)}
        {box.operator ? ` · ${t("flow.operator")}` : ""}
      </text>
      <text className="flow-name" x={left} y={middle + 4}>
        {box.node}
      </text>
      {box.brief !== "" && (
        <text className="flow-detail" x={left} y={middle + 19}>
          {box.brief}
        </text>
      )}
      {figures.hangUps > 0 && (
        <text className="flow-lost" x={box.x + box.width - 8} y={middle - 12} textAnchor="end">
          −{figures.hangUps}
        </text>
      )}
      {figures.callers > 0 && (
        <g className="flow-now">
          <rect x={box.x + box.width - 30} y={box.y - 12} width={38} height={22} rx={11} />
          <text x={box.x + box.width - 11} y={box.y + 4} textAnchor="middle">
            {figures.callers}
          </text>
        </g>
      )}
    </g>
  );
}
